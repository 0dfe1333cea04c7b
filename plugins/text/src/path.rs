//! Ways into data: JSON Pointers, and a small part of JMESPath.

use drawbridge_sdk::json::{parse as parse_json, Value};

/// One step of a way.
#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    /// From the end where it is negative.
    Index(i64),
    /// Every item of a list or member of an object.
    All,
    /// The items whose value at a way is, or is not, this one.
    Where {
        way: Path,
        equal: bool,
        value: Value,
    },
}

/// A way that was read.
#[derive(Debug, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

/// The most steps of a way.
const MOST_STEPS: usize = 64;

impl Path {
    /// Reads `a.b[0].c`, `list[*].name`, `list[?type=='ip'].value`, or a JSON
    /// Pointer such as `/a/b/0`. An empty text is the whole.
    pub fn read(text: &str) -> Result<Path, String> {
        if let Some(pointer) = text.strip_prefix('/') {
            let part = |p: &str| Step::Key(p.replace("~1", "/").replace("~0", "~"));
            return Path {
                steps: pointer.split('/').map(part).collect(),
            }
            .bounded();
        }
        let mut r = Reader { text, at: 0 };
        let path = r.path(false)?;
        if r.at < text.len() {
            return r.fail("a dot or a bracket is expected");
        }
        path.bounded()
    }

    fn bounded(self) -> Result<Path, String> {
        if self.steps.len() > MOST_STEPS {
            return Err(format!("has more than {MOST_STEPS} steps"));
        }
        Ok(self)
    }

    /// What lies at the end of the way; with a step that takes many a list of all
    /// that lie there.
    pub fn find(&self, from: &Value) -> Option<Value> {
        follow(&self.steps, from)
    }
}

fn follow(steps: &[Step], from: &Value) -> Option<Value> {
    let mut at = from;
    for (i, step) in steps.iter().enumerate() {
        let rest = &steps[i + 1..];
        at = match (step, at) {
            (Step::Key(key), Value::Object(o)) => o.get(key)?,
            // A JSON Pointer doesn't say which of its numbers are indexes.
            (Step::Key(key), Value::Array(list)) => list.get(key.parse::<usize>().ok()?)?,
            (Step::Index(n), Value::Array(list)) => {
                let size = list.len() as i64;
                list.get(usize::try_from(if *n < 0 { size + n } else { *n }).ok()?)?
            }
            (Step::All, Value::Array(list)) => {
                return Some(Value::Array(
                    list.iter().filter_map(|v| follow(rest, v)).collect(),
                ))
            }
            (Step::All, Value::Object(o)) => {
                return Some(Value::Array(
                    o.iter().filter_map(|(_, v)| follow(rest, v)).collect(),
                ))
            }
            (Step::Where { way, equal, value }, Value::Array(list)) => {
                let holds = |v: &&Value| (follow(&way.steps, v).as_ref() == Some(value)) == *equal;
                let found = list.iter().filter(holds).filter_map(|v| follow(rest, v));
                return Some(Value::Array(found.collect()));
            }
            _ => return None,
        };
    }
    Some(at.clone())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self, what: &str) -> Result<T, String> {
        Err(format!(
            "{what} at character {}",
            self.text[..self.at].chars().count() + 1
        ))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Reads steps; those of a condition have no condition of their own.
    fn path(&mut self, inner: bool) -> Result<Path, String> {
        let mut steps = Vec::new();
        if self.rest().is_empty() || self.eat("@") {
            return Ok(Path { steps });
        }
        if !self.rest().starts_with('[') {
            steps.push(self.key()?);
        }
        loop {
            if self.eat(".") {
                steps.push(self.key()?);
            } else if self.eat("[") {
                steps.push(self.bracket(inner)?);
            } else {
                return Ok(Path { steps });
            }
        }
    }

    fn key(&mut self) -> Result<Step, String> {
        if self.eat("*") {
            return Ok(Step::All);
        }
        if self.rest().starts_with('"') {
            return self.quoted('"').map(Step::Key);
        }
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':');
        let size = self.rest().find(|c| !plain(c)).unwrap_or(self.rest().len());
        if size == 0 {
            return self.fail("a key is expected (put it in double quotes if it has other characters)");
        }
        let key = &self.rest()[..size];
        self.at += size;
        Ok(Step::Key(key.to_owned()))
    }

    fn bracket(&mut self, inner: bool) -> Result<Step, String> {
        if self.eat("*]") {
            return Ok(Step::All);
        }
        if !inner && self.eat("?") {
            return self.condition();
        }
        let end = match self.rest().find(']') {
            Some(end) => end,
            None => return self.fail("the bracket has no end"),
        };
        match self.rest()[..end].parse() {
            Ok(n) => {
                self.at += end + 1;
                Ok(Step::Index(n))
            }
            Err(_) => self.fail("a number, * or ?condition is expected"),
        }
    }

    fn condition(&mut self) -> Result<Step, String> {
        let way = self.path(true)?;
        self.space();
        let equal = self.eat("==");
        if !equal && !self.eat("!=") {
            return self.fail("== or != is expected");
        }
        self.space();
        let value = self.literal()?;
        self.space();
        if !self.eat("]") {
            return self.fail("the end of the condition is expected");
        }
        Ok(Step::Where { way, equal, value })
    }

    fn space(&mut self) {
        while self.eat(" ") {}
    }

    /// A text in single quotes, or JSON as it is or in backquotes.
    fn literal(&mut self) -> Result<Value, String> {
        if self.rest().starts_with('\'') {
            return self.quoted('\'').map(Value::String);
        }
        let backquoted = self.eat("`");
        let end = match self.rest().find(if backquoted { '`' } else { ']' }) {
            Some(end) => end,
            None => return self.fail("the condition has no end"),
        };
        match parse_json(self.rest()[..end].trim().as_bytes()) {
            Ok(value) => {
                self.at += end + usize::from(backquoted);
                Ok(value)
            }
            Err(_) => self.fail("a text in single quotes, a number, true, false or null is expected"),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        let mut escaped = false;
        for c in self.rest().chars() {
            self.at += c.len_utf8();
            match c {
                _ if escaped => escaped = false,
                '\\' => {
                    escaped = true;
                    continue;
                }
                c if c == quote => return Ok(out),
                _ => {}
            }
            out.push(c);
        }
        self.at = start;
        self.fail("the quotes that open here are never closed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drawbridge_sdk::{list, object};

    #[test]
    fn ways_lead_to_values() {
        let data = object! {
            "a" => object! {"b" => list![1, 2, 3], "c.d" => "dots", "it's" => 5},
            "list" => list![
                object! {"type" => "ip", "value" => "1.2.3.4", "score" => 7},
                object! {"type" => "url", "value" => "u"},
                object! {"type" => "ip"},
                object! {"type" => "ip", "value" => Value::Null},
            ],
        };
        for (way, want) in [
            ("a.b[0]", Some(Value::from(1))),
            ("a.b[-1]", Some(3.into())),
            ("a.b[-4]", None),
            ("a.b[3]", None),
            ("/a/b/1", Some(2.into())),
            ("/a/c.d", Some("dots".into())),
            ("a.\"c.d\"", Some("dots".into())),
            ("a.\"it's\"", Some(5.into())),
            ("list[*].type", Some(list!["ip", "url", "ip", "ip"])),
            ("list[?type=='ip'].value", Some(list!["1.2.3.4", Value::Null])),
            ("list[?type != 'ip'].value", Some(list!["u"])),
            ("list[?score==7].type", Some(list!["ip"])),
            ("list[?score==`7`].type", Some(list!["ip"])),
            ("list[?value==null].type", Some(list!["ip"])),
            ("a.*[0]", Some(list![1])),
            ("a.none", None),
            ("a.b.c", None),
            ("list.type", None),
            ("@", Some(data.clone())),
            ("", Some(data.clone())),
        ] {
            assert_eq!(Path::read(way).unwrap().find(&data), want, "{way}");
        }
        assert_eq!(
            Path::read("[1][0]").unwrap().find(&list![1, list![2]]),
            Some(2.into())
        );
    }

    #[test]
    fn wrong_ways_are_told_with_their_place() {
        for (way, message) in [
            (
                "a..b",
                "a key is expected (put it in double quotes if it has other characters) at character 3",
            ),
            ("a b", "a dot or a bracket is expected at character 2"),
            ("a[x]", "a number, * or ?condition is expected at character 3"),
            ("a[0", "the bracket has no end at character 3"),
            ("a[?b]", "== or != is expected at character 5"),
            (
                "a[?b==x]",
                "a text in single quotes, a number, true, false or null is expected at character 7",
            ),
            (
                "ü[?b=='x'",
                "the end of the condition is expected at character 10",
            ),
            (
                "a[?b[?c==1]==1]",
                "a number, * or ?condition is expected at character 6",
            ),
            ("\"a", "the quotes that open here are never closed at character 1"),
        ] {
            assert_eq!(Path::read(way).unwrap_err(), message, "{way}");
        }
        assert!(Path::read(&"a.".repeat(65)).is_err());
        assert!(Path::read(&format!("a{}", ".a".repeat(64)))
            .unwrap_err()
            .contains("more than 64"));
    }
}
