//! From the types of an action to JSON.

use std::collections::BTreeMap;

use crate::json::{write_integer, write_string, Number, Value};

/// What an action's output can hold.
pub trait ToJson {
    /// Appends the JSON of the value.
    fn to_json(&self, out: &mut Vec<u8>);

    /// Whether a field of this value is left out.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Appends a member of an object, with a comma before it where one is needed.
#[doc(hidden)]
pub fn write_member(name: &str, value: &impl ToJson, out: &mut Vec<u8>) {
    if value.is_absent() {
        return;
    }
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write_string(name, out);
    out.push(b':');
    value.to_json(out);
}

impl ToJson for Value {
    fn to_json(&self, out: &mut Vec<u8>) {
        self.write(out);
    }
}

impl ToJson for String {
    fn to_json(&self, out: &mut Vec<u8>) {
        write_string(self, out);
    }
}

impl ToJson for &str {
    fn to_json(&self, out: &mut Vec<u8>) {
        write_string(self, out);
    }
}

impl ToJson for bool {
    fn to_json(&self, out: &mut Vec<u8>) {
        Value::Bool(*self).write(out);
    }
}

/// What is not finite becomes null: JSON has no form for it.
impl ToJson for f64 {
    fn to_json(&self, out: &mut Vec<u8>) {
        Number::from_f64(*self)
            .map_or(Value::Null, Value::Number)
            .write(out);
    }
}

macro_rules! whole {
    ($($type:ty),*) => {
        $(impl ToJson for $type {
            fn to_json(&self, out: &mut Vec<u8>) {
                match i64::try_from(*self) {
                    Ok(n) => write_integer(n, out),
                    Err(_) => out.extend_from_slice(self.to_string().as_bytes()),
                }
            }
        })*
    };
}

whole!(i32, i64, u32, u64, usize);

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.to_json(out),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, item) in self.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            item.to_json(out);
        }
        out.push(b']');
    }
}

impl<T: ToJson> ToJson for BTreeMap<String, T> {
    fn to_json(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (i, (key, value)) in self.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_string(key, out);
            out.push(b':');
            value.to_json(out);
        }
        out.push(b'}');
    }
}
