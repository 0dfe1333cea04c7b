package store

import (
	"strconv"
	"strings"
)

// dialect is what the two databases say in different words. All other SQL of this
// package is common to both.
type dialect struct {
	// name is the folder of its migrations.
	name string
	// now is the database's clock in Unix microseconds, of the statement's begin.
	now string
	// unlocked ends a SELECT of rows that are to be changed: those that another is
	// changing are left out.
	unlocked string
	// contains is the condition that a text has another within.
	contains string
	// tail is the end of a run's id, as it is indexed.
	tail string
	// holds is what contains is, for bytes that have a text within.
	holds string
	// named is the same for content.
	named string
	// imported gives the newest revision that imports of a state gave a flow.
	imported string
	// alone has a transaction wait until no other that says so is at work. Where it is
	// empty, there is one connection that writes.
	alone string
	// transaction names the transaction in which it is asked, unfinished says whether
	// one of a name is still at work. Where they are empty, a failed commit leaves none.
	transaction, unfinished string
	// check looks whether the database is sound, by one line each.
	check string
	// numbered says that parameters are $1, $2, … and not ?.
	numbered bool
}

var sqliteDialect = &dialect{
	name:     "sqlite",
	now:      "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	contains: "instr(%s, %s) > 0",
	tail:     "substr(id, -6)",
	holds:    "instr(CAST(%s AS TEXT), ?) > 0",
	named:    "instr(CAST(content AS TEXT), ?) > 0",
	imported: `SELECT coalesce(max(json_extract(u.value, '$.revision')), 0)
		FROM imports, json_each(imports.undo) AS u WHERE imports.state = ? AND json_extract(u.value, '$.flowId') = ?`,
	check: "PRAGMA quick_check(10)",
}

var postgresDialect = &dialect{
	name: "postgres",
	// A clock that moves within the statement would keep it from using an index.
	now:      "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)",
	unlocked: "FOR UPDATE SKIP LOCKED",
	contains: "strpos(%s, %s) > 0",
	tail:     "right(id, 6)",
	holds:    "position(convert_to(?, 'UTF8') IN %s) > 0",
	named:    "position(convert_to(?, 'UTF8') IN content) > 0",
	imported: `SELECT coalesce(max((u.value->>'revision')::bigint), 0)
		FROM imports, json_array_elements(CASE WHEN undo = '' THEN '[]' ELSE undo END::json) AS u(value)
		WHERE imports.state = ? AND u.value->>'flowId' = ?`,
	alone:       "SELECT pg_advisory_xact_lock(7237041)",
	transaction: "SELECT CAST(pg_current_xact_id() AS TEXT)",
	unfinished:  "SELECT coalesce(pg_xact_status(CAST(CAST(? AS TEXT) AS xid8)) = 'in progress', FALSE)",
	check:       "SELECT 'ok'",
	numbered:    true,
}

// bind gives a statement with the parameters as the database wants them. No text in
// it may hold a question mark.
func (d *dialect) bind(statement string) string {
	if !d.numbered {
		return statement
	}
	var b strings.Builder
	n := 0
	for _, r := range statement {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// Texts that must come back as they were given can hold NUL, which PostgreSQL keeps in
// no text.
var (
	escaping   = strings.NewReplacer("\\", "\\\\", "\x00", "\\0")
	unescaping = strings.NewReplacer("\\\\", "\\", "\\0", "\x00")
)

func (d *dialect) escape(text string) string {
	if !d.numbered {
		return text
	}
	return escaping.Replace(text)
}

func (d *dialect) unescape(text string) string {
	if !d.numbered {
		return text
	}
	return unescaping.Replace(text)
}
