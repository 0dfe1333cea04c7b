//! From JSON to the types of an action, with every fault at its place.

use std::collections::BTreeMap;

use crate::error::{Error, Problem, Result};
use crate::field::Field;
use crate::json::{Object, Value};

/// What an action's input can hold.
pub trait FromJson: Sized {
    /// Whether a field of this type may be absent.
    const OPTIONAL: bool = false;
    /// Whether `null` is a value like any other, and does not stand for absence.
    const TAKES_NULL: bool = false;

    /// Reads a value. `None` means that the decoder has noted why not.
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self>;

    /// What stands for an absent field of an optional type.
    fn absent() -> Option<Self> {
        None
    }

    /// The JSON Schema of the type. The input of an action is closed: fields that
    /// it does not name are refused.
    fn schema(input: bool) -> Value;
}

/// Reads a whole input, or says all that is wrong with it.
pub fn decode<T: FromJson>(value: Value) -> Result<T> {
    let mut d = Decoder::default();
    let decoded = T::from_json(value, &mut d);
    match decoded {
        Some(value) if d.problems.is_empty() => Ok(value),
        _ => Err(Error::problems(d.problems)),
    }
}

/// Collects the faults of an input while it is read.
#[derive(Default)]
pub struct Decoder {
    path: Vec<Segment>,
    rules: Option<&'static Field>,
    problems: Vec<Problem>,
}

enum Segment {
    Name(&'static str),
    Key(String),
    Index(usize),
}

impl Decoder {
    /// Notes a fault at the value that is being read.
    pub fn fail<T>(&mut self, message: impl Into<String>) -> Option<T> {
        let mut pointer = String::new();
        for segment in &self.path {
            pointer.push('/');
            match segment {
                Segment::Name(name) => pointer.push_str(&escape(name)),
                Segment::Key(key) => pointer.push_str(&escape(key)),
                Segment::Index(i) => pointer.push_str(&i.to_string()),
            }
        }
        let message = message.into();
        self.problems.push(Problem { pointer, message });
        None
    }

    fn within<T>(&mut self, segment: Segment, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(segment);
        let out = read(self);
        self.path.pop();
        out
    }

    /// Reads a member of an object by what its field says.
    #[doc(hidden)]
    pub fn member<T: FromJson>(&mut self, field: &'static Field, given: &mut Object) -> Option<T> {
        let value = given.take(field.key());
        // Null stands for "not given": a template in a flow whose source is absent
        // yields null, and can't leave the key out.
        let value = value.filter(|v| T::TAKES_NULL || !v.is_null());
        let value = match value.or_else(|| field.default.map(|make| make())) {
            Some(value) => value,
            None => {
                let absent = T::absent();
                if absent.is_none() {
                    self.within(Segment::Name(field.key()), |d| d.fail::<T>("is required"));
                }
                return absent;
            }
        };
        let outer = self.rules.replace(field);
        let out = self.within(Segment::Name(field.key()), |d| T::from_json(value, d));
        self.rules = outer;
        out
    }

    /// The members of an object, or a fault.
    #[doc(hidden)]
    pub fn object(&mut self, value: Value) -> Option<Object> {
        self.rules = None;
        match value {
            Value::Object(o) => Some(o),
            _ => self.fail("must be an object"),
        }
    }

    /// Notes the members that no field has taken.
    #[doc(hidden)]
    pub fn unknown(&mut self, rest: Object) {
        let mut names: Vec<&str> = rest.iter().map(|(k, _)| k).collect();
        names.sort_unstable();
        for name in names {
            let message = format!("unknown field {name:?}");
            self.within(Segment::Key(name.to_owned()), |d| d.fail::<()>(message));
        }
    }

    fn check_number(&mut self, n: f64) {
        let (min, max) = self.rules.map_or((None, None), |f| (f.min, f.max));
        if let Some((_, least)) = min.filter(|(least, _)| n < *least) {
            self.fail::<()>(format!("must be at least {}", least()));
        }
        if let Some((_, most)) = max.filter(|(most, _)| n > *most) {
            self.fail::<()>(format!("must be at most {}", most()));
        }
    }

    fn check_text(&mut self, text: &str) {
        if let Some(f) = self.rules {
            if !f.one_of.is_empty() && !f.one_of.contains(&text) {
                self.fail::<()>(format!("must be one of {}", f.one_of.join(", ")));
            }
        }
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn typed(name: &str) -> Value {
    crate::object! {"type" => name}
}

impl FromJson for String {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        match value {
            Value::String(s) => {
                d.check_text(&s);
                Some(s)
            }
            _ => d.fail("must be a string"),
        }
    }

    fn schema(_: bool) -> Value {
        typed("string")
    }
}

impl FromJson for bool {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        match value {
            Value::Bool(b) => Some(b),
            _ => d.fail("must be true or false"),
        }
    }

    fn schema(_: bool) -> Value {
        typed("boolean")
    }
}

impl FromJson for f64 {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        match value.as_f64() {
            Some(n) => {
                d.check_number(n);
                Some(n)
            }
            None => d.fail("must be a number"),
        }
    }

    fn schema(_: bool) -> Value {
        typed("number")
    }
}

macro_rules! whole {
    ($($type:ty),*) => {
        $(impl FromJson for $type {
            fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
                let number = value.as_i64().and_then(|n| Self::try_from(n).ok());
                match number {
                    Some(n) => {
                        d.check_number(n as f64);
                        Some(n)
                    }
                    None => d.fail("must be a whole number"),
                }
            }

            fn schema(_: bool) -> Value {
                typed("integer")
            }
        })*
    };
}

whole!(i32, i64, u32, u64, usize);

impl FromJson for Value {
    const TAKES_NULL: bool = true;

    fn from_json(value: Value, _: &mut Decoder) -> Option<Self> {
        Some(value)
    }

    fn schema(_: bool) -> Value {
        crate::object! {}
    }
}

impl<T: FromJson> FromJson for Option<T> {
    const OPTIONAL: bool = true;

    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        if value.is_null() {
            return Some(None);
        }
        T::from_json(value, d).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema(input: bool) -> Value {
        T::schema(input)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        let items = match value {
            Value::Array(items) => items,
            _ => return d.fail("must be a list"),
        };
        let rules = d.rules;
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            d.rules = rules;
            out.extend(d.within(Segment::Index(i), |d| T::from_json(item, d)));
        }
        Some(out)
    }

    fn schema(input: bool) -> Value {
        crate::object! {"type" => "array", "items" => T::schema(input)}
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        let members = d.object(value)?;
        let mut out = BTreeMap::new();
        for (key, value) in members {
            let read = d.within(Segment::Key(key.clone()), |d| T::from_json(value, d));
            out.extend(read.map(|v| (key, v)));
        }
        Some(out)
    }

    fn schema(input: bool) -> Value {
        crate::object! {"type" => "object", "additionalProperties" => T::schema(input)}
    }
}
