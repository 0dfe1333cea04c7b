//! Large values travel beside the messages.

use super::*;

#[test]
fn large_values_travel_as_blobs() {
    let host = FakeHost::new();
    let long = "0123456789".repeat(10_000); // more than is gathered
    let input = object! {"text" => host.put_blob(long.as_bytes()), "bytes" => "AAEC"};
    let got = run_on(host.clone(), &connector(), "copy", input).unwrap();
    let blob = got.pointer("/text/$blob").unwrap();
    assert_eq!(
        host.blob(blob.get("id").unwrap().as_str().unwrap()).unwrap(),
        long.as_bytes()
    );
    assert_eq!(blob.get("mediaType"), Some(&Value::from("text/plain")));
    assert_eq!(got.get("bytes"), Some(&Value::from("AAEC")));
    for (input, message) in [
        (
            object! {"text" => object! {"$blob" => object! {"id" => "x"}}},
            "/text must be a string or a blob",
        ),
        (
            object! {"text" => "", "bytes" => "A"},
            "/bytes must be standard base64 with padding",
        ),
    ] {
        assert_eq!(run(&connector(), "copy", input).unwrap_err().message, message);
    }
    let lost = object! {"text" => object! {"$blob" => object! {"id" => "none", "size" => 1}}};
    assert!(run(&connector(), "copy", lost)
        .unwrap_err()
        .message
        .contains("it is not there"));
    let large = object! {"text" => object! {"$blob" => object! {"id" => "none", "size" => 1 << 30}}};
    assert_eq!(run(&connector(), "copy", large).unwrap_err().code, "too_large");
}

#[test]
fn small_writes_make_one_blob() {
    let host = FakeHost::new();
    let write = |context: &Context, _: Nothing| {
        let mut writer = context.create_blob("text/plain");
        for i in 0..20_000u32 {
            writer.write(&i.to_be_bytes())?;
        }
        Ok(Stored {
            text: writer.finish()?.into(),
            bytes: Some(context.create_blob("").finish()?.into()),
        })
    };
    let connector =
        Connector::new("demo", "1.0.0", "Demo", "Shows.").action(Action::new("write", "Write", write));
    let got = run_on(host.clone(), &connector, "write", object! {}).unwrap();
    let want: Vec<u8> = (0..20_000u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!(
        host.blob(got.pointer("/text/$blob/id").unwrap().as_str().unwrap()),
        Some(want)
    );
    assert_eq!(got.pointer("/bytes/$blob/size"), Some(&Value::from(0)));
}
