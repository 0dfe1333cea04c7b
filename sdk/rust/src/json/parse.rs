use super::scan::special;
use super::{Number, Object, Value};

/// How deep arrays and objects may stand one in another.
pub const MAX_DEPTH: usize = 128;

/// From so many members on an object's keys are compared sorted.
const FEW: usize = 24;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub message: &'static str,
    /// The place, in bytes from the start.
    pub offset: usize,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for ParseError {}

/// Reads one JSON value from bytes that hold nothing else.
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|e| ParseError {
        message: "the text is not UTF-8",
        offset: e.valid_up_to(),
    })?;
    let mut p = Parser { text, bytes, at: 0 };
    p.space();
    let value = p.value(0)?;
    p.space();
    if p.at < bytes.len() {
        return p.fail("there is more after the value");
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, message: &'static str) -> Result<T, ParseError> {
        Err(ParseError {
            message,
            offset: self.at,
        })
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        match self.peek() {
            b'"' => self.string().map(Value::String),
            b'{' => self.object(depth + 1),
            b'[' => self.array(depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.fail("a value is expected"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fail("a value is expected");
        }
        self.at += word.len();
        Ok(value)
    }

    /// Enters an array or object and answers whether it is empty.
    fn open(&mut self, depth: usize, end: u8) -> Result<bool, ParseError> {
        if depth > MAX_DEPTH {
            return self.fail("the nesting is too deep");
        }
        self.at += 1;
        self.space();
        let empty = self.peek() == end;
        self.at += usize::from(empty);
        Ok(empty)
    }

    /// Goes past a comma, or the end of an array or object: then it answers true.
    fn next(&mut self, end: u8) -> Result<bool, ParseError> {
        self.space();
        let c = self.peek();
        if c != b',' && c != end {
            return self.fail("a comma or the end of the list or object is expected");
        }
        self.at += 1;
        self.space();
        Ok(c == end)
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut list = Vec::new();
        if self.open(depth, b']')? {
            return Ok(Value::Array(list));
        }
        loop {
            list.push(self.value(depth)?);
            if self.next(b']')? {
                return Ok(Value::Array(list));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut members: Vec<(String, Value)> = Vec::new();
        if self.open(depth, b'}')? {
            return Ok(Value::Object(Object::new()));
        }
        loop {
            if self.peek() != b'"' {
                return self.fail("a key in quotes is expected");
            }
            let start = self.at;
            let key = self.string()?;
            if members.len() < FEW && members.iter().any(|(k, _)| *k == key) {
                self.at = start;
                return self.fail("the key stands twice in its object");
            }
            self.space();
            if self.peek() != b':' {
                return self.fail("a colon is expected");
            }
            self.at += 1;
            self.space();
            let value = self.value(depth)?;
            members.push((key, value));
            if self.next(b'}')? {
                break;
            }
        }
        if members.len() > FEW && has_twin(&members) {
            return self.fail("a key stands twice in the object that ends here");
        }
        Ok(Value::Object(Object::of(members)))
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        self.at += usize::from(self.peek() == b'-');
        match self.peek() {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        let mut whole = true;
        if self.peek() == b'.' {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
        }
        Ok(Value::Number(Number::literal(&self.text[start..self.at], whole)))
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            return self.fail("a digit is expected");
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let mut start = self.at;
        let mut out = String::new();
        loop {
            let run = match special(&self.bytes[self.at..]) {
                Some(run) => run,
                None => return self.fail("the text has no end"),
            };
            self.at += run;
            let piece = &self.text[start..self.at];
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    if out.is_empty() {
                        return Ok(piece.to_owned());
                    }
                    out.push_str(piece);
                    return Ok(out);
                }
                b'\\' => {
                    out.push_str(piece);
                    self.at += 1;
                    let c = self.escape()?;
                    out.push(c);
                    start = self.at;
                }
                _ => return self.fail("a control character must be escaped"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let c = self.peek();
        self.at += 1;
        Ok(match c {
            b'"' | b'\\' | b'/' => c as char,
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.unicode(),
            _ => {
                self.at -= 1;
                return self.fail("there is no such escape");
            }
        })
    }

    /// Reads \uXXXX and pairs of it. Half a pair becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, ParseError> {
        let high = self.hex()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, ParseError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = match (self.peek() as char).to_digit(16) {
                Some(digit) => digit,
                None => return self.fail("four hexadecimal digits are expected"),
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }
}

fn has_twin(members: &[(String, Value)]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(k, _)| k.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
