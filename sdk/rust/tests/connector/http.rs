//! Requests of a connector, and what their answers are to the engine.

use super::*;

#[test]
fn http_answers_and_maps_statuses() {
    let host = FakeHost::new();
    let respond = |v: Value| host.responses.borrow_mut().push(v);
    respond(
        object! {"status" => 200, "headers" => object! {"x-b" => list!["1", "2"]}, "bodyBase64" => "eyJhIjoxfQ=="},
    );
    let got = run_on(host.clone(), &connector(), "fetch", object! {}).unwrap();
    assert_eq!(got, object! {"text" => "{\"a\":1} 1"});
    let sent = host.requests.borrow()[0].clone();
    let want = object! {
        "method" => "POST", "url" => "https://a.example/", "body" => "{\"q\":1}", "timeout" => "1.5s",
        "headers" => object! {"x-a" => "b", "content-type" => "application/json"},
    };
    assert_eq!(sent, want);
    for (answer, code, retryable, after) in [
        (
            object! {"status" => 429, "headers" => object! {"retry-after" => "7"}},
            "rate_limited",
            true,
            Some(7),
        ),
        (object! {"status" => 429}, "rate_limited", true, None),
        (object! {"status" => 503}, "unavailable", true, None),
        (object! {"status" => 403}, "denied", false, None),
        (object! {"status" => 404}, "not_found", false, None),
        (object! {"status" => 418}, "http_status", false, None),
        (
            object! {"error" => object! {"code" => "timeout", "message" => "late", "retryable" => true}},
            "timeout",
            true,
            None,
        ),
    ] {
        respond(answer);
        let e = run_on(host.clone(), &connector(), "fetch", object! {}).unwrap_err();
        assert_eq!(
            (&*e.code, e.retryable, e.retry_after),
            (code, retryable, after.map(Duration::from_secs))
        );
    }
    assert_eq!(
        run_on(host.clone(), &connector(), "fetch", object! {})
            .unwrap_err()
            .code,
        "denied"
    );
}
