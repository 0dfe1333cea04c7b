use crate::field::Field;
use crate::json::{Object, Value};

/// The schema of a record, from its fields and the schemas of their types.
#[doc(hidden)]
pub fn record_schema(fields: &[Field], types: &[fn(bool) -> Value], input: bool) -> Value {
    let mut properties = Object::new();
    let mut required = Vec::new();
    for (field, schema) in fields.iter().zip(types) {
        properties.push(field.key().to_owned(), field.annotate(schema(input)));
        if !field.optional || (!input && field.default.is_some()) {
            required.push(field.key());
        }
    }
    let mut out = Object::new();
    out.set("type", "object").set("properties", properties);
    if !required.is_empty() {
        out.set("required", required);
    }
    if input {
        out.set("additionalProperties", false);
    }
    Value::Object(out)
}
