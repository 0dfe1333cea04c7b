//! What stands before the fields of a [`record!`](crate::record): schema and
//! decoder read the same list, so that they can't disagree. The list is made when
//! the crate is compiled, so that it costs no code.

use crate::json::{Object, Value};

/// One field of a record. The macro makes it from attributes and doc comments.
#[derive(Clone, Copy)]
pub struct Field {
    name: Name,
    pub(crate) optional: bool,
    doc: [&'static str; MOST_LINES],
    title: &'static str,
    pub(crate) default: Option<fn() -> Value>,
    pub(crate) one_of: &'static [&'static str],
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    format: &'static str,
    media: &'static str,
    options: &'static str,
    example: Option<fn() -> Value>,
}

/// A bound of a number, to compare with and to show. It is shown by way of a
/// function, so that a module without fractions carries no code to write them.
pub(crate) type Bound = (f64, fn() -> Value);

/// The most lines of one field's doc comment.
const MOST_LINES: usize = 6;

/// The longest name of a field.
const LONGEST: usize = 32;

/// A name that was made at compile time.
#[derive(Clone, Copy)]
struct Name {
    bytes: [u8; LONGEST],
    size: usize,
}

#[doc(hidden)]
impl Field {
    pub const fn new(identifier: &str, optional: bool) -> Self {
        Field {
            name: camel_case(identifier),
            optional,
            doc: [""; MOST_LINES],
            title: "",
            default: None,
            one_of: &[],
            min: None,
            max: None,
            format: "",
            media: "",
            options: "",
            example: None,
        }
    }

    /// Adds a line of a doc comment.
    pub const fn doc(mut self, line: &'static str) -> Self {
        let mut i = 0;
        while !self.doc[i].is_empty() {
            i += 1; // beyond the last it fails to compile
        }
        self.doc[i] = line;
        self
    }

    pub const fn name(mut self, name: &str) -> Self {
        self.name = copy(name);
        self
    }

    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    pub const fn default(mut self, value: fn() -> Value) -> Self {
        self.default = Some(value);
        self.optional = true;
        self
    }

    pub const fn one_of(mut self, texts: &'static [&'static str]) -> Self {
        self.one_of = texts;
        self
    }

    pub const fn min(mut self, least: Option<(f64, fn() -> Value)>) -> Self {
        self.min = least;
        self
    }

    pub const fn max(mut self, most: Option<(f64, fn() -> Value)>) -> Self {
        self.max = most;
        self
    }

    pub const fn format(mut self, format: &'static str) -> Self {
        self.format = format;
        self
    }

    pub const fn media(mut self, media: &'static str) -> Self {
        self.media = media;
        self
    }

    pub const fn options(mut self, options: &'static str) -> Self {
        self.options = options;
        self
    }

    pub const fn example(mut self, value: fn() -> Value) -> Self {
        self.example = Some(value);
        self
    }

    /// The name in JSON.
    pub fn key(&self) -> &str {
        // Camel case was made of an identifier, and any other copied whole.
        unsafe { std::str::from_utf8_unchecked(&self.name.bytes[..self.name.size]) }
    }

    /// Adds what the field says to the schema of its type.
    pub(crate) fn annotate(&self, schema: Value) -> Value {
        let mut out = match schema {
            Value::Object(o) => o,
            other => return other,
        };
        let lines = self
            .doc
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty());
        let description = lines.collect::<Vec<_>>().join(" ");
        for (key, text) in [
            ("title", self.title),
            ("description", &description),
            ("format", self.format),
            ("contentMediaType", self.media),
        ] {
            if !text.is_empty() {
                out.put(key, text.into());
            }
        }
        if !self.one_of.is_empty() {
            set_enum(&mut out, self.one_of);
        }
        if let Some(value) = self.default {
            out.put("default", value());
        }
        if let Some(value) = self.example {
            out.put("examples", Value::Array(vec![value()]));
        }
        if !self.options.is_empty() {
            set_options(&mut out, self.options);
        }
        for (key, bound) in [("minimum", self.min), ("maximum", self.max)] {
            if let Some((_, value)) = bound {
                out.put(key, value());
            }
        }
        Value::Object(out)
    }
}

/// The action that lists the values, what of its items is used, and its input.
fn set_options(schema: &mut Object, text: &str) {
    let mut words = text.split_whitespace();
    let mut options = Object::new();
    options.put("action", words.next().unwrap_or("").into());
    let mut with = Object::new();
    for word in words {
        match word.split_once('=') {
            Some((key @ ("value" | "label"), field)) => options.put(key, field.into()),
            Some((name, value)) => with.put(name, value.into()),
            None => with.put(word, "".into()),
        }
    }
    if !with.is_empty() {
        options.put("with", Value::Object(with));
    }
    schema.put("x-options", Value::Object(options));
}

/// The allowed texts stand with the items of a list.
fn set_enum(schema: &mut Object, allowed: &[&'static str]) {
    let list = Value::from(allowed.to_vec());
    match schema.take("items") {
        Some(Value::Object(mut items)) => {
            items.put("enum", list);
            schema.put("items", Value::Object(items));
        }
        _ => schema.put("enum", list),
    }
}

/// dry_run becomes dryRun; r#type becomes type.
const fn camel_case(identifier: &str) -> Name {
    let from = identifier.as_bytes();
    let mut to = Name {
        bytes: [0; LONGEST],
        size: 0,
    };
    let raw = from.len() > 2 && from[1] == b'#';
    let mut i = if raw { 2 } else { 0 };
    let mut up = false;
    while i < from.len() {
        let c = from[i];
        if c == b'_' {
            up = to.size > 0;
        } else {
            to.bytes[to.size] = if up { c.to_ascii_uppercase() } else { c };
            to.size += 1;
            up = false;
        }
        i += 1;
    }
    to
}

const fn copy(name: &str) -> Name {
    let from = name.as_bytes();
    let mut to = Name {
        bytes: [0; LONGEST],
        size: from.len(),
    };
    let mut i = 0;
    while i < from.len() {
        to.bytes[i] = from[i];
        i += 1;
    }
    to
}
