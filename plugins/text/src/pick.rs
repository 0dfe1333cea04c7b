//! Fields out of data.

use std::collections::BTreeMap;

use drawbridge_sdk::json::parse;
use drawbridge_sdk::{list, object, record, Action, Context, Error, Problem, Result, Text, Value};

use crate::path::Path;

record! {
    /// What `pick` takes.
    pub struct Input {
        /// The data to pick from.
        pub data: Option<Value>,
        /// The data as JSON text, in place of data. At most 8 MiB.
        #[title("JSON")]
        #[media("application/json")]
        pub json: Option<Text>,
        /// The way to each field by its name: `a.b[0].c`, `list[*].name`,
        /// `list[?type=='ip'].value`, or a JSON Pointer such as `/a/b/0`.
        pub fields: BTreeMap<String, String>,
        /// Fail where a field is not there; otherwise it is null.
        #[default(false)]
        pub required: bool,
    }

    /// What `pick` answers.
    pub struct Output {
        /// The values by the names of their fields.
        pub values: BTreeMap<String, Value>,
        /// The names of the fields that are not there.
        pub missing: Vec<String>,
    }
}

pub fn action() -> Action {
    Action::new("pick", "Pick fields", pick)
        .description("Picks fields out of data or JSON text by their ways, with every match of [*] and [?key=='value'] in a list.")
        .idempotent()
        .memory_pages(512)
        .example(
            "of an answer",
            object! {
                "data" => object! {
                    "verdict" => object! {"score" => 91},
                    "hits" => list![object! {"type" => "ip", "value" => "203.0.113.5"}, object! {"type" => "url", "value" => "http://a.example/"}],
                },
                "fields" => object! {"score" => "verdict.score", "ips" => "hits[?type=='ip'].value", "first" => "/hits/0/type", "owner" => "verdict.owner"},
            },
            object! {
                "values" => object! {"score" => 91, "ips" => list!["203.0.113.5"], "first" => "ip", "owner" => Value::Null},
                "missing" => list!["owner"],
            },
        )
        .example(
            "of JSON text",
            object! {"json" => "{\"id\": 12345678901234567890}", "fields" => object! {"id" => "id"}},
            object! {"missing" => list![]},
        )
        .fails(
            "a way that can't be read",
            object! {"data" => list![], "fields" => object! {"a" => "x[", "b" => "x..y"}},
            Error::problems(vec![
                problem("a", "the bracket has no end at character 3"),
                problem("b", "a key is expected (put it in double quotes if it has other characters) at character 3"),
            ]),
        )
        .fails(
            "a field that must be there",
            object! {"data" => object! {}, "fields" => object! {"a" => "x"}, "required" => true},
            Error::new("not_found", "the data has no a (x)"),
        )
}

fn problem(field: &str, message: &str) -> Problem {
    Problem {
        pointer: format!("/fields/{}", field.replace('~', "~0").replace('/', "~1")),
        message: message.to_owned(),
    }
}

fn pick(context: &Context, input: Input) -> Result<Output> {
    let data = match (input.data, input.json) {
        (Some(data), None) => data,
        (None, Some(text)) => {
            let text = text.bytes(context, 8 << 20)?;
            parse(&text).map_err(|e| Error::bad_input("/json", format!("is not JSON: {e}")))?
        }
        _ => return Err(Error::bad_input("", "give data or json, and not both")),
    };
    let mut problems = Vec::new();
    let mut paths = Vec::with_capacity(input.fields.len());
    for (name, way) in &input.fields {
        match Path::read(way) {
            Ok(path) => paths.push((name, way, path)),
            Err(message) => problems.push(problem(name, &message)),
        }
    }
    if !problems.is_empty() {
        return Err(Error::problems(problems));
    }
    let mut out = Output {
        values: BTreeMap::new(),
        missing: Vec::new(),
    };
    for (name, way, path) in paths {
        let found = path.find(&data);
        if found.is_none() {
            if input.required {
                return Err(Error::new("not_found", format!("the data has no {name} ({way})")));
            }
            out.missing.push(name.clone());
        }
        out.values.insert(name.clone(), found.unwrap_or_default());
    }
    Ok(out)
}
