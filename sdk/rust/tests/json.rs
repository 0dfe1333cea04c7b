//! The JSON value: what the parser takes and refuses, and what is written.

use drawbridge_sdk::json::{parse, Value, MAX_DEPTH};
use drawbridge_sdk::{list, object};

#[test]
fn what_is_read_is_written() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "[1,-2,0,9223372036854775807,-9223372036854775808]",
        // Digits are kept where no i64 holds them.
        "[1.50,1e400,-0,12345678901234567890,0.1]",
        r#"{"b":1,"a":{"x":[true,false,null]}}"#,
        r#""a\"b\\c\nd\u0001é😀/""#,
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap().to_text(), text);
    }
}

#[test]
fn space_and_escapes_are_read() {
    let value = parse(b" { \"a\" : [ 1 , 2 ] ,\t\"\\u0062\\/\" : \"\\ud83d\\ude00\\b\\f\" }\r\n").unwrap();
    assert_eq!(value, object! {"a" => list![1, 2], "b/" => "😀\u{8}\u{c}"});
    // Half a pair has no character.
    assert_eq!(parse(br#""\ud83dx""#).unwrap(), Value::from("\u{fffd}x"));
    assert_eq!(parse(br#""\ude00""#).unwrap(), Value::from("\u{fffd}"));
    assert_eq!(parse(br#""\ud83d\u0041""#).unwrap(), Value::from("\u{fffd}A"));
}

#[test]
fn what_is_no_json_is_refused() {
    for (text, offset) in [
        ("", 0),
        (" ", 1),
        ("nul", 0),
        ("+1", 0),
        ("01", 1),
        ("1.", 2),
        (".5", 0),
        ("1e", 2),
        ("-", 1),
        ("NaN", 0),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("[1", 2),
        ("{\"a\":1,}", 7),
        ("{a:1}", 1),
        ("{\"a\" 1}", 5),
        ("{\"a\":1}}", 7),
        ("\"a", 1),
        ("\"a\nb\"", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("{\"a\":1,\"a\":2}", 7),
        ("'a'", 0),
        ("1 2", 2),
    ] {
        assert_eq!(
            parse(text.as_bytes()).map_err(|e| e.offset),
            Err(offset),
            "{text}"
        );
    }
    assert_eq!(parse(b"\"\xff\"").unwrap_err().message, "the text is not UTF-8");
}

#[test]
fn twins_are_found_in_large_objects() {
    let mut members: Vec<String> = (0..500).map(|i| format!("\"k{i}\":{i}")).collect();
    let sound = format!("{{{}}}", members.join(","));
    assert_eq!(
        parse(sound.as_bytes()).unwrap().get("k499").unwrap().as_i64(),
        Some(499)
    );
    members.push("\"k250\":0".to_owned());
    let twin = format!("{{{}}}", members.join(","));
    assert!(parse(twin.as_bytes()).is_err());
}

#[test]
fn nesting_is_bounded() {
    let deep = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(deep(MAX_DEPTH).as_bytes()).is_ok());
    assert!(parse(deep(MAX_DEPTH + 1).as_bytes()).is_err());
}

#[test]
fn numbers_of_floats() {
    for (n, text) in [
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1.5e300, "1.5e300"),
        (1e-7, "1e-7"),
        (9_007_199_254_740_993.0, "9007199254740992"),
        (f64::NAN, "null"),
        (f64::INFINITY, "null"),
    ] {
        assert_eq!(Value::from(n).to_text(), text);
    }
    assert_eq!(Value::from(u64::MAX).to_text(), "18446744073709551615");
    assert_eq!(parse(b"1.50").unwrap(), Value::from(1.5));
    assert_eq!(parse(b"1e400").unwrap().as_f64(), None);
    assert_eq!(parse(b"1.0").unwrap().as_i64(), None);
}

#[test]
fn pointers_lead_to_values() {
    let value = object! {"a/b" => list![object! {"~" => 1}], "" => 2, "list" => list![1, 2]};
    for (pointer, want) in [
        ("/a~1b/0/~0", Some(1)),
        ("/", Some(2)),
        ("/list/1", Some(2)),
        ("/list/01", None),
        ("/list/-", None),
        ("/list/2", None),
        ("/none", None),
        ("list", None),
    ] {
        assert_eq!(value.pointer(pointer).and_then(Value::as_i64), want, "{pointer}");
    }
    assert_eq!(value.pointer(""), Some(&value));
}

#[test]
fn base64_has_one_form() {
    for wrong in ["A===", "====", "AA=A", "=AAA"] {
        assert_eq!(drawbridge_sdk::base64::decode(wrong), None, "{wrong}");
    }
}

/// Texts that are spoiled at random are refused or read, and what was read is
/// written and read again the same.
#[test]
fn spoiled_texts_do_no_harm() {
    let seed = r#"{"a":[1,-2.5e3,true,null,"x\"\\é\ud83d\ude00"],"b":{"c":{},"d":[[[]]]},"long":12345678901234567890}"#;
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut sound = 0;
    for _ in 0..50_000 {
        let mut text = seed.as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(text.len());
            match random(3) {
                0 => text[at] = random(256) as u8,
                1 => drop(text.remove(at)),
                _ => text.insert(at, br#"{}[]",:0-1e.\ut"#[random(15)]),
            }
        }
        if let Ok(value) = parse(&text) {
            sound += 1;
            let written = value.to_text();
            assert_eq!(parse(written.as_bytes()).as_ref(), Ok(&value), "{written}");
        }
    }
    assert!(sound > 1000, "{sound} were read: the test would hold nothing");
}
