//! Streams and signatures against a fake host.

use drawbridge_sdk::http::Request;
use drawbridge_sdk::testing::{run_on, send, FakeHost};
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

fn prove(context: &Context, _: Nothing) -> Result<Line> {
    let request = Request::post("https://ca.example/1.0/sign");
    let token = context.sign_token(&request, object! {"sub" => "a.example"})?;
    let renewal = context.sign_renewal(&request, "PEM")?;
    Ok(Line {
        text: token.value + &renewal.value,
    })
}

fn connector() -> Connector {
    Connector::new("talk", "1.0.0", "Talk", "Talks.")
        .credential_for_tokens("talk.key", object! {}, &["sub"])
        .action(Action::new("talk", "Talk", talk))
        .action(Action::new("prove", "Prove", prove))
}

#[test]
fn tokens_are_made_for_requests() {
    let host = FakeHost::new();
    *host.answers.borrow_mut() = vec![object! {"signature" => "a"}, object! {"signature" => "b"}];
    let request = object! {
        "action" => "prove", "input" => object! {}, "credential" => object! {"handle" => "credential"},
        "run" => object! {"id" => "run", "step" => "test", "attempt" => 1, "key" => "key"},
    };
    assert_eq!(
        send(host.clone(), &connector(), &request).unwrap(),
        object! {"text" => "ab"}
    );
    assert_eq!(
        *host.asked.borrow(),
        vec![
            object! {
                "scheme" => "jwt", "credential" => "credential", "method" => "POST", "url" => "https://ca.example/1.0/sign",
                "claims" => object! {"sub" => "a.example"},
            },
            object! {
                "scheme" => "step-ca-renew", "credential" => "credential", "method" => "POST",
                "url" => "https://ca.example/1.0/sign", "certificate" => "PEM",
            },
        ]
    );
    let manifest = connector().manifest().to_text();
    assert!(
        manifest.contains(r#""sign":["jwt"],"claims":["sub"]"#),
        "{manifest}"
    );
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
