package sdk

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// standard encodes as encoding/json does, without escaping HTML.
func standard(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

type upper string

// MarshalText writes it in upper case.
func (u upper) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(u))), nil }

// UnmarshalText reads it in lower case.
func (u *upper) UnmarshalText(b []byte) error {
	*u = upper(strings.ToLower(string(b)))
	return nil
}

type inner struct {
	A int     `json:"a"`
	B *string `json:"b,omitempty"`
}

type everything struct {
	inner
	Text    string             `json:"text"`
	Empty   string             `json:"empty,omitempty"`
	Yes     bool               `json:"yes"`
	Small   int8               `json:"small"`
	Large   uint64             `json:"large"`
	Float   float64            `json:"float"`
	Short   float32            `json:"short"`
	List    []inner            `json:"list"`
	None    []string           `json:"none"`
	Map     map[string]int     `json:"map"`
	Any     any                `json:"any"`
	Raw     json.RawMessage    `json:"raw"`
	Bytes   []byte             `json:"bytes"`
	At      time.Time          `json:"at"`
	Never   time.Time          `json:"never,omitzero"`
	Upper   upper              `json:"upper"`
	ByName  map[string]upper   `json:"byName"`
	Pointer *inner             `json:"pointer"`
	Deep    [][]map[string]any `json:"deep"`
	Skipped int                `json:"-"`
	Array   [2]int             `json:"array"`
}

func sample() everything {
	b := "b \u2028 <&> \"\\\x01é\U0001f600"
	return everything{
		inner: inner{1, &b}, Text: b, Yes: true, Small: -7, Large: math.MaxUint64, Float: 1e21, Short: 1.5, List: []inner{{A: 2}, {B: &b}},
		Map: map[string]int{"z": 1, "a": 2, "é": 3}, Any: map[string]any{"x": []any{1.5, nil, true, "s"}}, Raw: json.RawMessage(`{"a":[1,2]}`),
		Bytes: []byte{0, 255}, At: time.Unix(1_700_000_000, 5).UTC(), Upper: "up", ByName: map[string]upper{"k": "v"}, Pointer: &inner{A: 3},
		Deep: [][]map[string]any{{{"a": nil}}, {}}, Array: [2]int{4, 5},
	}
}

// TestCodecIsThatOfEncodingJSON writes and reads a value of every kind both ways.
func TestCodecIsThatOfEncodingJSON(t *testing.T) {
	in := sample()
	want, err := standard(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := marshal(in)
	if err != nil || string(got) != string(want) {
		t.Errorf("written %s\nwant    %s\n%v", got, want, err)
	}
	var ours, theirs everything
	if err := readJSON(want, &ours); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &theirs); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ours, theirs) {
		t.Errorf("read %+v\nwant %+v", ours, theirs)
	}
	for _, v := range []any{0.0, 4.11, -0.5, 0.001, 1e15, 999999999999.999, 123456789012345.6, 0.1 + 0.2, math.Copysign(0, -1), 1e-7, 1e20, 123456789.125, float32(3.4e38), "\xff\xfe", "a\tb\r\n", []any{}, map[string]any{}, nil, json.RawMessage(nil), "\u2029"} {
		want, _ := standard(v)
		if got, err := marshal(v); err != nil || string(got) != string(want) {
			t.Errorf("%v is written %s, want %s, %v", v, got, want, err)
		}
	}
	for _, v := range []any{math.NaN(), math.Inf(1), func() {}, json.RawMessage("{"), json.RawMessage("1 2")} {
		if got, err := marshal(v); err == nil {
			t.Errorf("%v is written %s", v, got)
		}
	}
}

// TestNumbersAreThoseOfStrconv tries numbers of few digits, which are read and
// written by a shorter way.
func TestNumbersAreThoseOfStrconv(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		digits, point := random.Int64N(int64(math.Pow10(1+random.IntN(17)))), random.IntN(6)
		text := strconv.FormatFloat(float64(digits)/math.Pow10(point), 'f', -1, 64)
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		var got float64
		if err := readJSON([]byte(text), &got); err != nil || got != want {
			t.Fatalf("%s is read as %v, %v", text, got, err)
		}
		if written, err := marshal(got); err != nil || string(written) != text {
			t.Fatalf("%s is written %s, %v", text, written, err)
		}
	}
}

// TestManyFields reads a struct of more fields than there are bits in a word.
func TestManyFields(t *testing.T) {
	var fields []reflect.StructField
	for i := range 130 {
		fields = append(fields, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: reflect.TypeFor[int](), Tag: reflect.StructTag(`json:"f` + strconv.Itoa(i) + `"`)})
	}
	typ := reflect.StructOf(fields)
	v := reflect.New(typ)
	err := decodeInput(nil, json.RawMessage(`{"f129":3,"f0":1,"f64":2}`), v.UnsafePointer(), planOf(typ))
	if err == nil || strings.Count(err.Error(), "is required") != 127 || strings.Contains(err.Error(), "/f64 ") {
		t.Fatal(err)
	}
	if got := []int64{v.Elem().Field(0).Int(), v.Elem().Field(64).Int(), v.Elem().Field(129).Int()}; !reflect.DeepEqual(got, []int64{1, 2, 3}) {
		t.Fatal(got)
	}
}

// FuzzJSON holds reading and writing against encoding/json on any bytes.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,true,null,"x\u00e9\ud83d\ude00\ud800"],"b":{}}`, `01`, `-`, `1.`, `.5`, `1e`, `"\x"`, `"\u12"`, `[1,]`, `{"a":1,}`, `{"a" 1}`, "\"\x01\"", "\"\xff\"", ` [ ] `, `nul`, `"a"b`, `1 2`, `{"a":1,"a":2}`, ``, `"\ud83d\u0041"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Count(string(data), "[")+strings.Count(string(data), "{") > maxNesting {
			return
		}
		var theirs any
		wrong := json.Unmarshal(data, &theirs)
		var ours any
		err := readJSON(data, &ours)
		if (err == nil) != (wrong == nil) || whole(data) != json.Valid(data) {
			t.Fatalf("%q: %v, encoding/json %v", data, err, wrong)
		}
		if err != nil {
			return
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Fatalf("%q is %#v, want %#v", data, ours, theirs)
		}
		got, err := marshal(ours)
		want, wrong := standard(theirs)
		if (err == nil) != (wrong == nil) || string(got) != string(want) {
			t.Fatalf("%q is written %s, want %s", data, got, want)
		}
	})
}

type level uint8

// MarshalText writes it as a word.
func (l level) MarshalText() ([]byte, error) { return []byte("level" + strconv.Itoa(int(l))), nil }

// UnmarshalText reads the word.
func (l *level) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(strings.TrimPrefix(string(b), "level"))
	*l = level(n)
	return err
}

// TestCodecOfRareTypes holds what structs can be made of against encoding/json.
func TestCodecOfRareTypes(t *testing.T) {
	type inside struct {
		ID string `json:"id"`
	}
	type Other struct {
		P string `json:"p"`
	}
	for name, v := range map[string]any{
		"a nil pointer, omitzero": &struct {
			T *time.Time `json:"t,omitzero"`
			A int        `json:"a"`
		}{},
		"a number by its digits": &struct {
			N json.Number `json:"n"`
		}{"12345678901234567890"},
		"small numbers with words": &struct {
			L []level       `json:"l"`
			O level         `json:"o"`
			M map[level]int `json:"m"`
		}{[]level{1, 2}, 3, map[level]int{1: 2}},
		"a shadowed field": &struct {
			inside
			ID string `json:"id"`
		}{inside{"in"}, "out"},
		"an embedded pointer": &struct {
			*Other
			X int `json:"x"`
		}{&Other{"p"}, 1},
		"a number in quotes": &struct {
			I int64 `json:"i,string"`
		}{1 << 60},
		"addresses":     &[]netip.Addr{netip.MustParseAddr("192.0.2.1")},
		"empty structs": &[]struct{}{{}, {}},
		"an array":      &[2]byte{1, 2},
	} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := marshal(v); err != nil || string(got) != string(want) {
			t.Errorf("%s is written %s, want %s, %v", name, got, want, err)
		}
		back := reflect.New(reflect.TypeOf(v).Elem())
		if err := readJSON(want, back.Interface()); err != nil || !reflect.DeepEqual(back.Interface(), v) {
			if name != "a shadowed field" || back.Elem().FieldByName("ID").String() != "out" {
				t.Errorf("%s is read as %+v, %v", name, back.Interface(), err)
			}
		}
	}
	if got, err := marshal(map[string]any{"n": json.Number("1e400")}); err != nil || string(got) != `{"n":1e400}` {
		t.Errorf("%s, %v", got, err)
	}
}

// TestRawValuesAreTheirOwners changes raw values: nothing else may change by it.
func TestRawValuesAreTheirOwners(t *testing.T) {
	type in struct {
		Raw     json.RawMessage `json:"raw"`
		Name    string          `json:"name"`
		Default json.RawMessage `json:"default" default:"[1,2]"`
		Addr    netip.Addr      `json:"addr"`
	}
	plan := planOf(reflect.TypeFor[in]())
	for range 2 {
		var v in
		raw := []byte(`{"raw":{"a":1},"name":"the-admin","addr":"192.0.2.1"}`)
		if err := decodeInput(nil, raw, unsafe.Pointer(&v), plan); err != nil {
			t.Fatal(err)
		}
		_ = append(v.Raw, `                     EVIL`...)
		copy(v.Raw, "      ")
		if v.Name != "the-admin" || string(v.Default) != "[1,2]" || v.Addr != netip.MustParseAddr("192.0.2.1") {
			t.Fatalf("%+v", v)
		}
		v.Default[1] = '9'
	}
}
