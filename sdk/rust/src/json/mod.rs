//! A small JSON value with a strict parser and a serialiser: what an action is
//! given and answers, without a dependency.
//!
//! The parser refuses what JSON does not allow, keys that stand twice in an
//! object, and nesting beyond [`MAX_DEPTH`]. Numbers keep the digits that they
//! came with, so that an id of twenty digits passes through unharmed.

mod number;
mod object;
mod parse;
mod scan;
mod write;

pub use number::Number;
pub use object::Object;
pub use parse::{parse, ParseError, MAX_DEPTH};
pub(crate) use write::{write_integer, write_string};

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object, its keys in the order that they came in.
    Object(Object),
}

impl Value {
    /// The member of an object, `None` where there is none or this is no object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(o) => o.get(key),
            _ => None,
        }
    }

    /// The value at a JSON Pointer such as `/items/0/name`; `""` is the whole.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut at = self;
        for part in pointer.strip_prefix('/')?.split('/') {
            at = match at {
                Value::Object(o) if part.contains('~') => {
                    o.get(&part.replace("~1", "/").replace("~0", "~"))?
                }
                Value::Object(o) => o.get(part)?,
                Value::Array(list) => list.get(index(part)?)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// The text, where this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The whole number, where this is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(n) => n.as_i64(),
            _ => None,
        }
    }

    /// The number, where this is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(n) => n.as_f64(),
            _ => None,
        }
    }

    /// The truth value, where this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The list, where this is one.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }

    /// The object, where this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(o) => Some(o),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// Reads a list's index as JSON Pointer writes it: no sign, no leading zero.
fn index(part: &str) -> Option<usize> {
    let digits = part.bytes().all(|b| b.is_ascii_digit());
    if !digits || (part.len() > 1 && part.starts_with('0')) {
        return None;
    }
    part.parse().ok()
}

impl std::fmt::Display for Value {
    /// Writes compact JSON.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

macro_rules! from {
    ($($from:ty, $value:ident => $make:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self { $make }
        })*
    };
}

from! {
    bool, v => Value::Bool(v);
    i32, v => Value::Number(Number::from(i64::from(v)));
    i64, v => Value::Number(Number::from(v));
    u32, v => Value::Number(Number::from(i64::from(v)));
    u64, v => Value::Number(Number::from(v));
    usize, v => Value::Number(Number::from(v as u64));
    String, v => Value::String(v);
    Object, v => Value::Object(v);
    // What is not finite has no JSON form.
    f64, v => Number::from_f64(v).map_or(Value::Null, Value::Number);
}

impl From<&str> for Value {
    #[inline(never)] // see Object::put
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Value::Array(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// Makes a [`Value`] of an object: `object! {"name" => "ann", "sizes" => list![1, 2]}`.
#[macro_export]
macro_rules! object {
    ($($key:expr => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut object = $crate::json::Object::new();
        $(object.put($key, $crate::json::Value::from($value));)*
        $crate::json::Value::Object(object)
    }};
}

/// Makes a [`Value`] of a list: `list![1, "two", object! {}]`.
#[macro_export]
macro_rules! list {
    ($($value:expr),* $(,)?) => {
        $crate::json::Value::Array(vec![$($crate::json::Value::from($value)),*])
    };
}
