//! Streams and signatures against a fake host.

use drawbridge_sdk::testing::{run_on, FakeHost};
use drawbridge_sdk::{object, record, Action, Connector, Context, Result};

record! {
    struct Nothing {}

    struct Line {
        text: String,
    }
}

fn talk(context: &Context, _: Nothing) -> Result<Line> {
    let mut stream = context.connect("time.example", 13)?;
    let bytes = stream.receive(100)?;
    Ok(Line {
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn connector() -> Connector {
    Connector::new("talk", "1.0.0", "Talk", "Talks.").action(Action::new("talk", "Talk", talk))
}

#[test]
fn a_fake_host_answers_streams() {
    let host = FakeHost::new();
    let refused = run_on(host.clone(), &connector(), "talk", object! {}).unwrap_err();
    assert_eq!(refused.code, "denied");
    *host.answers.borrow_mut() = vec![
        object! {"handle" => 1},
        object! {"data" => "aGVsbG8=", "eof" => true},
        object! {},
    ];
    host.asked.borrow_mut().clear();
    let got = run_on(host.clone(), &connector(), "talk", object! {}).unwrap();
    assert_eq!(got, object! {"text" => "hello"});
    assert_eq!(
        host.asked.borrow()[0],
        object! {"host" => "time.example", "port" => 13}
    );
}
