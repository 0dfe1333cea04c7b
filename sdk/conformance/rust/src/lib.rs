//! The conformance connector in Rust.

mod sha256;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use drawbridge_sdk::http::Request;
use drawbridge_sdk::net::MAX_READ;
use drawbridge_sdk::{
    object, record, Action, Blob, Connector, Context, Error, FromJson, Result, Text, ToJson, Value,
};

record! {
    struct Nothing {}

    struct Echo {
        value: Value,
    }

    struct Counted {
        count: i64,
    }

    struct Add {
        a: f64,
        #[default(10)]
        #[max(1000)]
        b: f64,
    }

    struct Sum {
        sum: f64,
    }

    struct Fail {
        #[one_of("bad_input", "unavailable", "rate_limited", "denied", "too_large", "teapot", "fault")]
        kind: String,
    }

    struct Log {
        text: String,
    }

    struct Logged {
        logged: u32,
    }

    struct Size {
        size: usize,
    }

    struct Big {
        text: String,
    }

    struct TextIn {
        #[media("text/plain")]
        content: Text,
    }

    struct BytesIn {
        content: Blob,
    }

    struct Digest {
        size: usize,
        sha256: String,
    }

    struct Times {
        times: u32,
    }

    struct BlobOut {
        content: Blob,
    }

    struct Count {
        count: usize,
    }

    struct Hex {
        hex: String,
    }

    struct Now {
        ms: i64,
    }

    struct Where {
        id: String,
        step: String,
        attempt: u32,
        key: String,
        dry_run: bool,
    }

    struct Http {
        url: String,
    }

    struct Kv {
        key: String,
    }

    struct Sign {
        scheme: String,
        id: Option<String>,
        method: Option<String>,
        url: Option<String>,
        body: Option<String>,
    }

    struct Signed {
        signature: String,
        timestamp: i64,
        headers: BTreeMap<String, String>,
    }

    struct Net {
        host: String,
        port: u32,
        say: String,
    }

    struct Heard {
        heard: String,
    }
}

const MOST: u64 = 16 << 20;

static CALLS: AtomicI64 = AtomicI64::new(0);

fn count(_: &Context, _: Nothing) -> Result<Counted> {
    Ok(Counted {
        count: CALLS.fetch_add(1, Ordering::Relaxed) + 1,
    })
}

fn fail(_: &Context, input: Fail) -> Result<Nothing> {
    Err(match input.kind.as_str() {
        "bad_input" => Error::bad_input("/kind", "is not to my liking"),
        "unavailable" => Error::unavailable("no answer"),
        "rate_limited" => Error::rate_limited(Duration::from_secs(2), "slow down"),
        "denied" => Error::denied("no key"),
        "too_large" => Error::too_large("too much"),
        "teapot" => Error::new("teapot", "short and stout"),
        _ => Error::from(std::fmt::Error),
    })
}

fn log(context: &Context, input: Log) -> Result<Logged> {
    context.debug(format!("{} 0", input.text));
    context.info(format!("{} 1", input.text));
    context.warn(format!("{} 2", input.text));
    context.error(format!("{} 3", input.text));
    context.progress(format!("{} 4", input.text));
    Ok(Logged { logged: 4 })
}

fn digest_of(bytes: Vec<u8>) -> Result<Digest> {
    Ok(Digest {
        size: bytes.len(),
        sha256: hex(&sha256::digest(&bytes)),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn blob_out(context: &Context, input: Times) -> Result<BlobOut> {
    let mut writer = context.create_blob("text/plain");
    for _ in 0..input.times {
        writer.write(b"0123456789abcdef")?;
    }
    Ok(BlobOut {
        content: writer.finish()?.into(),
    })
}

fn random(context: &Context, input: Count) -> Result<Hex> {
    let mut bytes = vec![0; input.count];
    context.random(&mut bytes)?;
    Ok(Hex { hex: hex(&bytes) })
}

fn here(context: &Context, _: Nothing) -> Result<Where> {
    let run = context.run().clone();
    Ok(Where {
        id: run.id,
        step: run.step,
        attempt: run.attempt,
        key: run.key,
        dry_run: run.dry_run,
    })
}

fn sign(context: &Context, input: Sign) -> Result<Signed> {
    let body = input.body.unwrap_or_default();
    let got = match &input.url {
        Some(url) => {
            let method = input.method.as_deref().unwrap_or("GET");
            let request = Request::new(method, url.as_str()).text(body);
            context.sign_request(&input.scheme, &request)?
        }
        None => {
            let id = input.id.unwrap_or_default();
            context.sign_webhook(&input.scheme, &id, body.as_bytes())?
        }
    };
    Ok(Signed {
        signature: got.value,
        timestamp: got.timestamp,
        headers: got.headers.into_iter().collect(),
    })
}

fn stream(context: &Context, input: Net) -> Result<Heard> {
    let within = Some(Duration::from_secs(5));
    let mut conn = context.connect_within(&input.host, input.port as u16, within)?;
    conn.send(input.say.as_bytes())?;
    let mut heard = Vec::new();
    loop {
        let part = conn.receive(MAX_READ)?;
        if part.is_empty() {
            break;
        }
        heard.extend(part);
    }
    Ok(Heard {
        heard: String::from_utf8_lossy(&heard).into_owned(),
    })
}

fn action<I, O, F>(id: &'static str, run: F) -> Action
where
    I: FromJson,
    O: FromJson + ToJson,
    F: Fn(&Context, I) -> Result<O> + Send + Sync + 'static,
{
    Action::new(id, id, run).description(id)
}

fn connector() -> Connector {
    Connector::new(
        "conformance",
        "1.0.0",
        "Conformance",
        "What every SDK must do alike.",
    )
    .credential_that_signs(
        "conformance.key",
        object! {"type" => "object", "properties" => object! {
            "secret" => object! {"type" => "string", "writeOnly" => true},
            "secretKey" => object! {"type" => "string", "writeOnly" => true},
            "accessId" => object! {"type" => "string"},
        }},
        &["standard-webhooks", "slack-v0", "threatconnect"],
    )
    .action(action("echo", |_, input: Echo| Ok(input)))
    .action(action("count", count))
    .action(action("add", |_, input: Add| {
        Ok(Sum {
            sum: input.a + input.b,
        })
    }))
    .action(action("fail", fail))
    .action(action("log", log))
    .action(
        action("big", |_, input: Size| {
            Ok(Big {
                text: "x".repeat(input.size),
            })
        })
        .memory_pages(1024),
    )
    .action(action("text_in", |c, input: TextIn| {
        digest_of(input.content.bytes(c, MOST)?)
    }))
    .action(action("bytes_in", |c, input: BytesIn| {
        digest_of(input.content.bytes(c, MOST)?)
    }))
    .action(action("blob_out", blob_out))
    .action(action("random", random))
    .action(action("now", |c, _: Nothing| {
        Ok(Now {
            ms: c.now_nanos() / 1_000_000,
        })
    }))
    .action(action("where", here))
    .action(action("http", |c, input: Http| {
        c.http(&Request::get(input.url)).map(|_| Nothing {})
    }))
    .action(action("kv", |c, input: Kv| {
        c.kv_get(&input.key).map(|_| Nothing {})
    }))
    .action(action("sign", sign))
    .action(action("net", stream))
}

drawbridge_sdk::export!(connector);
