package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// testScript is an instance of a script that does nothing.
func testScript(t *testing.T) *sandbox.Script {
	t.Helper()
	return instanceOf(t, testBare(t))
}

func testBare(t testing.TB) *sandbox.Bare {
	t.Helper()
	b, err := sandbox.NewBare(t.Context(), scriptCode(t, bareScript("")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(context.WithoutCancel(t.Context())) })
	return b
}

func instanceOf(t *testing.T, b *sandbox.Bare) *sandbox.Script {
	t.Helper()
	s, end, err := b.Script(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return s
}

// plainly sees that a value that is written without the engine is written as the
// engine does, and says whether it was.
func plainly(t *testing.T, s *sandbox.Script, code string) bool {
	t.Helper()
	// Written by the engine first: its toJSON may count how often it was asked.
	engine, err := s.Text("globalThis.tried = [" + code + "], (v => { try { return '{\"output\":' + v + '}' } catch (e) { return String(e) } })(" +
		"(() => { try { return JSON.stringify(tried[0]) } catch (e) { return String(e) } })())")
	if err != nil {
		t.Fatal(code, err)
	}
	list, err := s.Value("tried")
	if err != nil {
		t.Fatal(code, err)
	}
	text, ok := s.Plain(list)
	if ok && text != engine {
		t.Errorf("%.200s\nis written as %.400s\nthe engine says %.400s", code, text, engine)
	}
	return ok
}

// plainValues are written without the engine.
var plainValues = []string{
	"null", "true", "false", "0", "-0", "1", "-1", "2147483647", "-2147483648", "2147483648", "1.5", "-1e-7", "1e21", "1e20", "123456789012345680000",
	"5e-324", "1.7976931348623157e308", "1e-6", "1.234e-6", "NaN", "Infinity", "-Infinity", "0.1", "1e100", "1e-10", "100", "4.35", "2**53", "1/3",
	"''", "'abc'", `'quo"te'`, `'back\\slash'`, `'\b\t\n\v\f\r\0\x1f\x7f\x80\xff'`, `'\u0100\u20ac'`, `'\ud83d\ude00'`, `'\ud83d'`, `'\ude00\ud83d'`, `'x\ud83d'`,
	`'\u2028\ufffd\uffff'`, "'x'.repeat(70000)", "'\\u20ac'.repeat(7000)", "'0123456789'.repeat(1000).slice(13, 5000)", "'\\u20ac123456789'.repeat(1000).slice(13, 5000)",
	"'ab'.repeat(5000) + 'cd'.repeat(5000)", "(() => { let s = 'x'.repeat(9000); for (let i = 0; i < 20; i++) s += i + 'y'.repeat(999); return s })()",
	"[]", "[1,'a',[null,[]],{}]", "[undefined]", "{}", "{a:1}", "{a:1,b:'x',c:2.5,d:[1,2,3],e:{f:null}}", "{a:undefined,b:1}", "{a:undefined}",
	"{'':1,'a b':2,'\"':3,'\\u00e9':4,'\\u20ac':5}", "Object.create(null)", "Object.assign(Object.create(null),{a:1})", "JSON.parse('{\"__proto__\":1,\"a\":2}')",
	"(() => { const o = {a1:1,b1:2,c1:3}; delete o.b1; return o })()", "(() => { const o = {}; for (let i = 0; i < 40; i++) o['k' + i] = i; return o })()",
	"(() => { const o = {}; for (let i = 0; i < 40; i++) o['k' + i] = i; for (let i = 0; i < 40; i += 2) delete o['k' + i]; o.k0 = 'late'; return o })()",
	"Object.freeze({a:1})", "{[Symbol('s')]:1,a:2,[Symbol.for('g')]:3}", "Object.defineProperty({a:1}, 'hidden', {value:2})",
	"Array.from({length:500}, (_, i) => ({i, t:'t' + i}))", "[1].concat([2])", "[3,1,2].sort()", "[1,2,3].slice(1)", "'a,b'.split(',')",
	"(() => { const a = [1]; a.extra = 2; return a })()", "(() => { const o = {n:1}; return [o, o, {o}] })()", "Object.fromEntries([['a',1],['b',2]])", "structured = {...{a:1},...{b:2}}",
	"(() => { let o = {}; for (let i = 0; i < 50; i++) o = {o}; return o })()",
}

// otherValues must be left to the engine.
var otherValues = []string{
	"undefined", "Object.freeze([1])", "() => 1", "Symbol('x')", "new Date(0)", "new Map([[1,2]])", "new (class A { x = 1 })", "new (class A { toJSON() { return 'own' } })", "{get a() { return 1 }}",
	"{toJSON() { return 'own' }}", "{a:() => 1}", "[() => 1]", "{a:Symbol('x')}", "new Proxy({a:1}, {})", "new Proxy([1], {})", "{a:new Proxy({}, {})}", "1n", "2n**80n", "[1n]",
	"{3:1,a:2,1:5}", "{b:1,0:2}", "{4294967294:1,a:2,4294967293:3}", "{'12ab':1}", "[1,,3]", "new Array(3)", "(() => { const a = [1,2]; a.length = 9; return a })()", "new Number(1)", "new String('x')",
	"new Boolean(false)", "new Uint8Array(3)", "(function () { return arguments })(1, 2)", "/x/", "new Error('e')", "(() => { const o = {}; o.self = o; return o })()",
	"(() => { const a = []; a[0] = a; return a })()", "(() => { let o = {}; for (let i = 0; i < 100; i++) o = {o}; return o })()", "Object.create({a:1})", "Object.setPrototypeOf([1], null)",
	"(() => { class L extends Array {} return L.from([1,2]) })()", "(() => { const a = [1,2,3]; Object.defineProperty(a, 0, {get: () => 7}); return a })()",
	"(() => { let s = '\\u20ac'.repeat(9000); for (let i = 0; i < 20; i++) s += i + '\\ud83d'.repeat(999); return s })()",
	"(() => { let o = []; for (let i = 0; i < 25; i++) o = [o, o]; return [] .concat(1, () => o) })()",
	"Object.assign([1], {toJSON: () => 'own'})", "Object.defineProperty([1], 'toJSON', {value: () => 'own'})", "Object.defineProperty([1], 'toJSON', {get: () => () => 'own'})",
	"Object.defineProperty({a:1}, 'toJSON', {value: () => 'own'})", "Object.defineProperty({a:1}, 'toJSON', {get: () => () => 'own'})",
	"Object.defineProperty({a:1}, 'toJSON', {enumerable: true, get: () => () => 'own'})", "Object.assign(Object.create(null), {a:1, toJSON: () => 'own'})",
	"Object.defineProperty(Object.create(null), 'toJSON', {value: () => 'own'})", "Object.defineProperty(Object.create(null, {a: {value: 1, enumerable: true}}), 'toJSON', {get: () => () => 'own'})",
	"{deep: [{in: Object.defineProperty({a:1}, 'toJSON', {value: () => 'own'})}]}", "{toJSON:'a text'}", "Object.assign([1], {toJSON: undefined})", "Object.defineProperty([], 'toJSON', {value: 1})",
}

// TestPlainValues compares what this server writes of a value in the engine's
// memory with what the engine writes.
func TestPlainValues(t *testing.T) {
	s := testScript(t)
	for _, code := range plainValues {
		if !plainly(t, s, code) {
			t.Errorf("%.200s was left to the engine", code)
		}
	}
	for _, code := range otherValues {
		if plainly(t, s, code) {
			t.Errorf("%.200s was not left to the engine", code)
		}
	}
	for _, code := range plainValues {
		if nested := "{a:[" + code + "],b:{c:" + code + "}}"; !strings.Contains(code, "structured") && !plainly(t, s, nested) {
			t.Errorf("%.200s was left to the engine", nested)
		}
	}
}

// TestPlainNumbers compares numbers of all sizes.
func TestPlainNumbers(t *testing.T) {
	s := testScript(t)
	const numbers = `Array.from({length: 2000}, () => { seed = (seed * 69069 + 1) >>> 0; const hi = seed; seed = (seed * 69069 + 1) >>> 0;
		return kind(new Float64Array(new Uint32Array([seed, hi]).buffer)[0]) })`
	for i, kind := range []string{"x => x", "Math.fround", "x => x % 1e6", "x => (x % 1e4) / 100", "x => Math.round(x % 1e18)", "x => x % 1e-5"} {
		if !plainly(t, s, fmt.Sprintf("(() => { let seed = %d; const kind = %s; return %s })()", i+1, kind, numbers)) {
			t.Errorf("%s was left to the engine", kind)
		}
	}
}

// TestTooLargeAnswersAreNotBuilt sees that no more is written of a value than an answer
// may have, whatever a character comes to.
func TestTooLargeAnswersAreNotBuilt(t *testing.T) {
	b := testBare(t)
	for _, code := range []string{
		"'\\x01'.repeat(8<<20)", "'\\xe9'.repeat(5<<20)", "'\\u20ac'.repeat(3<<20)", "'\\ud83d'.repeat(2<<20)", "'x'.repeat((8<<20)+1)", "Array(2).fill('x'.repeat(8<<20))",
		"'\\x01x'.repeat(3<<20)", "Array(40).fill('\\u2028'.repeat(1<<18))", "{['\\x01'.repeat(4<<20)]: 1}",
	} {
		s := instanceOf(t, b)
		list, err := s.Value("tried = [" + code + "]")
		if err != nil {
			t.Fatal(code, err)
		}
		if text, ok := s.Plain(list); ok || len(text) > abi.MaxOutput+64 {
			t.Errorf("%s: %t, %d bytes", code, ok, len(text))
		}
	}
}

// TestInheritedToJSONIsHonoured sees that a toJSON that all objects inherit is
// asked, as the engine does.
func TestInheritedToJSONIsHonoured(t *testing.T) {
	for _, forge := range []string{
		"Object.prototype.toJSON = () => 'forged'", "Array.prototype.toJSON = () => 'forged'",
		"Object.defineProperty(Object.prototype, 'toJSON', {get: () => () => 'forged'})", "Object.setPrototypeOf(Array.prototype, {toJSON: () => 'forged'})",
		"Object.setPrototypeOf(Array.prototype, Object.create(null))",
	} {
		s := testScript(t)
		if !plainly(t, s, "[{a:1}]") {
			t.Fatal("it was left to the engine at first")
		}
		if _, err := s.Value(forge); err != nil {
			t.Fatal(err)
		}
		if plainly(t, s, "[{a:1}]") {
			t.Errorf("%s: it was not left to the engine", forge)
		}
	}
}

// generatedValue makes values of JavaScript of all kinds that code can make, plain ones
// and others, from a seed.
const generatedValue = `globalThis.generated = seed => {
	const random = n => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return Math.floor(seed / 4294967296 * n) };
	const pick = list => list[random(list.length)];
	const key = () => pick(["a", "b", "c1", "toJSON", "length", "", "7", "-1", "1.5", "constructor", "__proto__", "\u00e9", "\u20ac", "\ud83d", "toJSON", Symbol("s"), "k" + random(50)]);
	const text = () => pick(["", "x", "quo\"te", "\u0000\u001f", "\u00e9", "\u20ac\ud83d\ude00", "\ud83d", "y".repeat(random(300)), "a".repeat(9000) + "b".repeat(random(9000))]);
	const value = depth => {
		const kind = random(depth > 2 ? 8 : 24);
		switch (kind) {
		case 0: return random(1000) - 500;
		case 1: return (random(1e9) - 5e8) / pick([1, 3, 1e5, 1e12, 1e-12, 1e-30]);
		case 2: return pick([null, true, false, undefined, NaN, -0, Infinity]);
		case 3: case 4: return text();
		case 5: return text() + text() + text();
		case 6: return text().slice(random(3), 8000);
		case 7: return pick([() => 1, () => "own", Symbol.iterator, new Date(1e12), new Map(), {}, []]);
		}
		const own = () => pick([value(depth + 1), value(depth + 1), value(depth + 1), () => "own", undefined]);
		let made = kind < 13 ? Array.from({length: random(4)}, () => value(depth + 1)) : pick([{}, {}, {}, Object.create(null), Object.create({a: 1}), new (class A {})]);
		for (let n = kind < 13 ? random(8) - 5 : random(4); n > 0; n--) {
			const k = key();
			try {
				switch (random(8)) {
				case 0: Object.defineProperty(made, k, {value: own(), configurable: true}); break;
				case 1: { const v = own(); Object.defineProperty(made, k, {get: () => v, enumerable: random(2) > 0, configurable: true}); break }
				case 2: delete made[k]; break;
				case 3: Object.defineProperty(made, k, {value: own(), enumerable: true}); break;
				case 4: if (Array.isArray(made) && random(3) === 0) made.length = random(6); break;
				default: made[k] = own();
				}
			} catch {}
		}
		return pick([made, made, made, made, made, made, Object.freeze(made), new Proxy(made, {})]);
	};
	return value(0);
}`

// TestGeneratedValues compares a thousand of them.
func TestGeneratedValues(t *testing.T) {
	b := testBare(t)
	plain, others := 0, 0
	for n := 0; n < 1000; {
		s := instanceOf(t, b)
		if _, err := s.Value(generatedValue); err != nil {
			t.Fatal(err)
		}
		for end := n + 250; n < end; n++ {
			if plainly(t, s, fmt.Sprintf("generated(%d)", n*7919)) {
				plain++
			} else {
				others++
			}
		}
	}
	if plain < 300 || others < 300 {
		t.Errorf("%d were written, %d left to the engine", plain, others)
	}
}

// FuzzPlain compares values made of any JSON.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,"x\ud83d\n",null,true,{}],"b":{"c":"é€😀"}}`, `[1e21,-0,1e-7,0.1]`, `"\u0000\uDE00"`, `{"1":2,"a":3}`} {
		f.Add(seed)
	}
	b := testBare(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 || !json.Valid([]byte(text)) {
			t.Skip()
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Skip()
		}
		plainly(t, instanceOf(t, b), "JSON.parse("+string(quoted)+")")
	})
}
