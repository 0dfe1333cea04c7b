//! A connector from its declaration to its answers.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use drawbridge_sdk::http::Request;
use drawbridge_sdk::testing::{check_examples, run, run_on, send, FakeHost};
use drawbridge_sdk::{
    list, object, record, Action, Blob, Connector, Context, Effect, Error, Level, Result, Text, Value,
};

record! {
    /// What `act` takes.
    #[derive(Debug)]
    struct Input {
        /// A name,
        /// in two lines.
        #[example("ann")]
        name: String,
        #[one_of("fast", "slow")]
        #[default("fast")]
        mode: String,
        /// How deep.
        #[default(2)]
        #[min(1)]
        #[max(5)]
        depth: u32,
        #[one_of("a", "b")]
        kinds: Option<Vec<String>>,
        nested: Option<Nested>,
        #[name("URL")]
        #[title("Address")]
        #[format("uri")]
        #[options("urls value=id label=name of={{name}}")]
        url_text: Option<String>,
        dry_run: Option<bool>,
        r#type: Option<String>,
        any: Option<Value>,
        numbers: Option<BTreeMap<String, f64>>,
    }

    #[derive(Debug)]
    struct Nested {
        items: Vec<i64>,
    }

    #[derive(Debug)]
    struct Output {
        name: String,
        depth: u32,
        kinds: Vec<String>,
        sum: Option<i64>,
        any: Option<Value>,
        total: Option<f64>,
    }

    struct Stored {
        text: Text,
        bytes: Option<Blob>,
    }
}

fn act(context: &Context, input: Input) -> Result<Output> {
    match input.name.as_str() {
        "bad" => return Err(Error::bad_input("/name", "is bad")),
        "busy" => return Err(Error::rate_limited(Duration::from_secs(90), "slow down")),
        "down" => return Err(Error::unavailable("it is down")),
        "std" => Err("x".parse::<u8>().unwrap_err())?,
        "own" => return Err(Error::new("not_found", "no such host").with_details(list![1])),
        "log" => {
            context.warn("look");
            context.progress("half way");
        }
        _ => {}
    }
    assert!(
        input.url_text.is_none()
            && input.dry_run.is_none()
            && input.r#type.is_none()
            && !input.mode.is_empty()
    );
    Ok(Output {
        name: input.name,
        depth: input.depth,
        kinds: input.kinds.unwrap_or_default(),
        sum: input.nested.map(|n| n.items.iter().sum()),
        any: input.any,
        total: input.numbers.map(|n| n.values().sum()),
    })
}

fn copy(context: &Context, input: Stored) -> Result<Stored> {
    let text = input.text.text(context, 1 << 20)?;
    let bytes = match input.bytes {
        Some(bytes) => Some(context.store_bytes(bytes.bytes(context, 1 << 20)?, "image/png")?),
        None => None,
    };
    Ok(Stored {
        text: context.store_text(text, "text/plain")?,
        bytes,
    })
}

record! {
    struct Nothing {}
    struct Seen {
        text: String,
    }
}

fn see(context: &Context, _: Nothing) -> Result<Seen> {
    let (run, credential) = (context.run(), context.need_credential()?);
    let mut random = [0; 4];
    context.random(&mut random)?;
    let since = context.now().duration_since(UNIX_EPOCH)?.as_secs();
    context.kv_put("k", "v")?;
    let kept = context.kv_get("k")?;
    context.kv_delete("k")?;
    Ok(Seen {
        text: format!(
            "{}/{}/{}/{}/{} {} {} {} {:?} {:?} {}",
            run.id,
            run.step,
            run.attempt,
            run.key,
            run.dry_run,
            credential.handle,
            credential.field("host").unwrap(),
            since,
            kept,
            context.kv_get("k")?,
            context.config()
        ),
    })
}

fn fetch(context: &Context, _: Nothing) -> Result<Seen> {
    let request = Request::post("https://a.example/")
        .header("x-a", "b")
        .json(&object! {"q" => 1})
        .timeout(Duration::from_millis(1500));
    let response = context.http(&request)?.success()?;
    Ok(Seen {
        text: format!("{} {}", response.json()?, response.header("x-b").unwrap_or("")),
    })
}

fn connector() -> Connector {
    Connector::new("demo", "1.0.0", "Demo", "Shows.")
        .icon("bolt")
        .http("a.example", &["POST"], "to ask")
        .kv()
        .credential("demo.key", object! {"type" => "object"}, "bearer")
        .action(
            Action::new("act", "Act", act)
                .description("Acts.")
                .idempotent()
                .timeout(Duration::from_secs(5))
                .memory_pages(512)
                .example(
                    "plain",
                    object! {"name" => "ann"},
                    object! {"depth" => 2, "kinds" => list![]},
                )
                .fails(
                    "bad",
                    object! {"name" => "bad"},
                    Error::bad_input("/name", "is bad"),
                ),
        )
        .action(Action::new("copy", "Copy", copy).example(
            "text",
            object! {"text" => "a"},
            object! {"text" => "a"},
        ))
        .action(Action::new("see", "See", see).effect(Effect::Read))
        .action(Action::new("fetch", "Fetch", fetch).effect(Effect::Read))
}

drawbridge_sdk::export!(connector);

mod blobs;
mod http;

#[test]
fn examples_hold() {
    let only = Connector::new("demo", "1.0.0", "Demo", "Shows.");
    let act = Action::new("act", "Act", act);
    check_examples(&only.action(act.example("a", object! {"name" => "a"}, object! {"name" => "a"})));
}

#[test]
fn the_code_of_an_error_is_enough() {
    let only = || Connector::new("demo", "1.0.0", "Demo", "Shows.");
    let fails = |code| Action::new("act", "Act", act).fails_with("bad", object! {"name" => "bad"}, code);
    check_examples(&only().action(fails("bad_input")));
    let wrong = std::panic::catch_unwind(|| check_examples(&only().action(fails("denied"))));
    let message = *wrong.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(message, r#"act, bad: /code: got "bad_input", want "denied""#);
}

#[test]
#[should_panic(expected = "every action needs one, give it .example(…)")]
fn an_action_without_an_example_is_told() {
    check_examples(&Connector::new("demo", "1.0.0", "Demo", "Shows.").action(Action::new("act", "Act", act)));
}

#[test]
#[should_panic(expected = "act, wrong: /depth: got 2, want 3")]
fn examples_that_do_not_hold_are_told() {
    let act = Action::new("act", "Act", act);
    let wrong = act.example("wrong", object! {"name" => "a"}, object! {"depth" => 3});
    check_examples(&Connector::new("demo", "1.0.0", "Demo", "Shows.").action(wrong));
}

#[test]
fn inputs_are_read_with_defaults() {
    let got = run(
        &connector(),
        "act",
        object! {
            "name" => "a", "kinds" => list!["b"], "depth" => Value::Null, "any" => list![1, Value::Null],
            "nested" => object! {"items" => list![1, 2]}, "numbers" => object! {"x" => 0.5, "y" => 1},
        },
    );
    let want = object! {
        "name" => "a", "depth" => 2, "kinds" => list!["b"], "sum" => 3, "any" => list![1, Value::Null], "total" => 1.5,
    };
    assert_eq!(got, Ok(want));
}

#[test]
fn bounds_are_within() {
    for depth in [1, 5] {
        let got = run(&connector(), "act", object! {"name" => "a", "depth" => depth}).unwrap();
        assert_eq!(got.get("depth"), Some(&Value::from(depth)));
    }
}

#[test]
fn every_fault_of_an_input_is_told_with_its_place() {
    for (input, message) in [
        (list![], "must be an object"),
        (object! {}, "/name is required"),
        (object! {"name" => Value::Null}, "/name is required"),
        (object! {"name" => 1}, "/name must be a string"),
        (object! {"name" => "a", "depth" => 0}, "/depth must be at least 1"),
        (object! {"name" => "a", "depth" => 6}, "/depth must be at most 5"),
        (object! {"name" => "a", "depth" => 1.5}, "/depth must be a whole number"),
        (object! {"name" => "a", "mode" => "x"}, "/mode must be one of fast, slow"),
        (object! {"name" => "a", "kinds" => list!["a", "c"]}, "/kinds/1 must be one of a, b"),
        (object! {"name" => "a", "kinds" => "a"}, "/kinds must be a list"),
        (object! {"name" => "a", "nested" => object! {"items" => list![1, "x"]}}, "/nested/items/1 must be a whole number"),
        (object! {"name" => "a", "numbers" => object! {"a/b" => true}}, "/numbers/a~1b must be a number"),
        (object! {"name" => "a", "nested" => object! {"items" => list![], "more" => 1}}, "/nested/more unknown field \"more\""),
        (
            object! {"z" => 1, "b" => 1, "depth" => "x"},
            "/name is required; /depth must be a whole number; /b unknown field \"b\"; /z unknown field \"z\"",
        ),
    ] {
        let error = run(&connector(), "act", input).unwrap_err();
        assert_eq!((&*error.code, error.message.as_str()), ("bad_input", message));
        let first = error.details.as_ref().and_then(|d| d.pointer("/problems/0/pointer")).unwrap();
        assert!(message.starts_with(first.as_str().unwrap()));
    }
}

#[test]
fn errors_tell_the_engine_what_to_do() {
    for (name, code, retryable, after) in [
        ("bad", "bad_input", false, None),
        ("busy", "rate_limited", true, Some(90)),
        ("down", "unavailable", true, None),
        ("std", "internal", false, None),
        ("own", "not_found", false, None),
    ] {
        let got = run(&connector(), "act", object! {"name" => name}).unwrap_err();
        assert_eq!(
            (&*got.code, got.retryable, got.retry_after),
            (code, retryable, after.map(Duration::from_secs))
        );
    }
    let unknown = run(&connector(), "none", object! {}).unwrap_err();
    assert_eq!(unknown.code, "unknown_action");
    let own = run(&connector(), "act", object! {"name" => "own"}).unwrap_err();
    assert_eq!(own.details, Some(list![1]));
}

#[test]
fn logs_and_progress_reach_the_host() {
    let host = FakeHost::new();
    run_on(host.clone(), &connector(), "act", object! {"name" => "log"}).unwrap();
    assert_eq!(*host.lines.borrow(), [(Level::Warn, "look".to_owned())]);
    assert_eq!(*host.steps.borrow(), ["half way"]);
}

#[test]
fn the_context_knows_its_call() {
    let request = object! {
        "connector" => "demo", "action" => "see", "input" => object! {}, "config" => list![1],
        "credential" => object! {"handle" => "credential", "fields" => object! {"host" => "h"}},
        "run" => object! {"id" => "r", "step" => "s", "attempt" => 2, "key" => "k", "dryRun" => true},
    };
    let got = send(FakeHost::new(), &connector(), &request).unwrap();
    assert_eq!(
        got,
        object! {"text" => "r/s/2/k/true credential h 0 Some(\"v\") None [1]"}
    );
    assert_eq!(run(&connector(), "see", object! {}).unwrap_err().code, "denied");
}

#[test]
fn the_manifest_says_what_was_declared() {
    let manifest = send(
        FakeHost::new(),
        &connector(),
        &object! {"action" => "drawbridge_manifest"},
    )
    .unwrap();
    assert_eq!(manifest, connector().manifest());
    let act = manifest.pointer("/actions/0").unwrap();
    let input = concat!(
        r#"{"type":"object","properties":{"name":{"type":"string","description":"A name, in two lines.","examples":["ann"]},"#,
        r#""mode":{"type":"string","enum":["fast","slow"],"default":"fast"},"#,
        r#""depth":{"type":"integer","description":"How deep.","default":2,"minimum":1,"maximum":5},"#,
        r#""kinds":{"type":"array","items":{"type":"string","enum":["a","b"]}},"#,
        r#""nested":{"type":"object","properties":{"items":{"type":"array","items":{"type":"integer"}}},"required":["items"],"additionalProperties":false},"#,
        r#""URL":{"type":"string","title":"Address","format":"uri","x-options":{"action":"urls","value":"id","label":"name","with":{"of":"{{name}}"}}},"dryRun":{"type":"boolean"},"type":{"type":"string"},"any":{},"#,
        r#""numbers":{"type":"object","additionalProperties":{"type":"number"}}},"required":["name"],"additionalProperties":false}"#,
    );
    assert_eq!(act.get("input").unwrap().to_text(), input);
    assert_eq!(act.get("timeout"), Some(&Value::from("5s")));
    let output = act.get("output").unwrap().to_text();
    assert!(
        output.ends_with(r#""required":["name","depth","kinds"]}"#),
        "{output}"
    );
    assert_eq!(
        manifest.get("capabilities").unwrap().to_text(),
        r#"{"http":[{"host":"a.example","methods":["POST"],"reason":"to ask"}],"kv":true}"#
    );
}
