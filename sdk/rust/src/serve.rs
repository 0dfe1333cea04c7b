//! Answers requests of the wire.

use crate::connector::Connector;
use crate::context::{Context, Credential, Run};
use crate::error::{Error, Result};
use crate::host::Reach;
use crate::json::{parse, Object, Value};

/// The most bytes of an answer.
const MAX_OUTPUT: usize = 8 << 20;

/// The action by which `drawbridge plugin build` asks for the manifest. No
/// manifest lists it, so that a flow can't call it.
const MANIFEST: &str = "drawbridge_manifest";

/// Answers one request.
pub(crate) fn handle(host: Reach, connector: &Connector, request: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(request.len());
    out.extend_from_slice(b"{\"output\":");
    match run(host, connector, request, &mut out) {
        Ok(()) => out.push(b'}'),
        Err(e) => {
            out.clear();
            out.extend_from_slice(b"{\"error\":");
            e.to_value().write(&mut out);
            out.push(b'}');
        }
    }
    out
}

fn run(host: Reach, connector: &Connector, request: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let mut request = match parse(request) {
        Ok(Value::Object(o)) => o,
        Ok(_) => return Err(Error::internal("the request is no object")),
        Err(e) => return Err(Error::internal(format!("the request is not JSON: {e}"))),
    };
    let name = text(request.take("action"));
    if name == MANIFEST {
        connector.manifest().write(out);
        return Ok(());
    }
    let action = match connector.find(&text(request.take("connector")), &name) {
        Some(action) => action,
        None => {
            let message = format!("connector {} has no action {name:?}", connector.id());
            return Err(Error::new("unknown_action", message));
        }
    };
    let input = request.take("input").unwrap_or(Value::Object(Object::new()));
    let context = context(host, request);
    action.call(&context, input, out)?;
    if out.len() > MAX_OUTPUT {
        return Err(Error::too_large(format!(
            "the output has {} bytes, at most {MAX_OUTPUT} are allowed; give large values as blobs",
            out.len()
        )));
    }
    Ok(())
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::String(s)) => s,
        _ => String::new(),
    }
}

fn context(host: Reach, mut request: Object) -> Context {
    let mut run = match request.take("run") {
        Some(Value::Object(o)) => o,
        _ => Object::new(),
    };
    let number = |v: Option<Value>| v.and_then(|v| v.as_i64());
    Context {
        run: Run {
            attempt: number(run.take("attempt")).unwrap_or(1).clamp(1, 1 << 30) as u32,
            dry_run: run.take("dryRun") == Some(Value::Bool(true)),
            id: text(run.take("id")),
            step: text(run.take("step")),
            key: text(run.take("key")),
        },
        config: request.take("config").unwrap_or_default(),
        credential: credential(request.take("credential")),
        host,
    }
}

fn credential(value: Option<Value>) -> Option<Credential> {
    let mut given = match value {
        Some(Value::Object(o)) => o,
        _ => return None,
    };
    let fields = match given.take("fields") {
        Some(Value::Object(o)) => o,
        _ => Object::new(),
    };
    Some(Credential {
        handle: text(given.take("handle")),
        fields,
    })
}
