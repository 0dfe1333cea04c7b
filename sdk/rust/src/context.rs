use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
#[cfg(target_arch = "wasm32")]
use crate::host::Host;
use crate::host::{Function, Level, Reach};
use crate::json::{parse, Object, Value};
use crate::object;

/// The most bytes of a log line.
const MAX_LINE: usize = 8 << 10;

/// What an action knows of its call, and the way to its host.
pub struct Context {
    pub(crate) run: Run,
    pub(crate) config: Value,
    pub(crate) credential: Option<Credential>,
    pub(crate) host: Reach,
}

/// Where a call belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The run's id.
    pub id: String,
    /// The step's key in the run.
    pub step: String,
    /// Counts from 1.
    pub attempt: u32,
    /// The idempotency key: the same on every attempt of one step.
    pub key: String,
    /// Whether the action must change nothing.
    pub dry_run: bool,
}

/// What a connector learns of a credential. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credential {
    /// What to put into an HTTP request, for the host to resolve.
    pub handle: String,
    pub(crate) fields: Object,
}

impl Credential {
    /// A field that is not secret, such as a host name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
}

impl Context {
    /// Where the call belongs.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The connector's configuration; `null` where there is none.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// The credential that the node names.
    pub fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// The credential, or an error that says that one must be chosen.
    pub fn need_credential(&self) -> Result<&Credential> {
        let missing = || Error::denied("choose a credential for this node");
        self.credential.as_ref().ok_or_else(missing)
    }

    /// Logs a line for the author of the connector.
    pub fn debug(&self, line: impl AsRef<str>) {
        self.log(Level::Debug, line);
    }

    /// Logs a line that is kept with the step.
    pub fn info(&self, line: impl AsRef<str>) {
        self.log(Level::Info, line);
    }

    /// Logs something that the analyst should look at.
    pub fn warn(&self, line: impl AsRef<str>) {
        self.log(Level::Warn, line);
    }

    /// Logs a failure that the action survives; one that it does not survive is
    /// returned.
    pub fn error(&self, line: impl AsRef<str>) {
        self.log(Level::Error, line);
    }

    /// Logs a line of a level.
    pub fn log(&self, level: Level, line: impl AsRef<str>) {
        self.host.log(level, &clip(line.as_ref()));
    }

    /// Tells the person who watches the run what is going on.
    pub fn progress(&self, line: impl AsRef<str>) {
        self.host.progress(&clip(line.as_ref()));
    }

    /// The host's clock. A replay of the run sees the same time.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.now_nanos().max(0) as u64)
    }

    /// The host's clock in nanoseconds of Unix time.
    pub fn now_nanos(&self) -> i64 {
        self.host.now()
    }

    /// Fills bytes at random, from a seed that the host gives each call.
    pub fn random(&self, into: &mut [u8]) -> Result<()> {
        self.host.random(into).map_err(|e| e.explain("random"))
    }

    /// The value that the connector keeps under a key, between calls.
    pub fn kv_get(&self, key: &str) -> Result<Option<String>> {
        let answer = self.host_call(Function::KvGet, &object! {"key" => key})?;
        Ok(answer.get("value").and_then(Value::as_str).map(str::to_owned))
    }

    /// Keeps a value of at most 64 KiB under a key of at most 256 bytes.
    pub fn kv_put(&self, key: &str, value: &str) -> Result<()> {
        let request = object! {"key" => key, "value" => value};
        self.host_call(Function::KvPut, &request).map(|_| ())
    }

    /// Forgets a key.
    pub fn kv_delete(&self, key: &str) -> Result<()> {
        self.host_call(Function::KvPut, &object! {"key" => key})
            .map(|_| ())
    }

    /// Calls a host function that takes JSON and answers JSON. An answer with an
    /// error is that error.
    #[inline(always)] // see WasmHost::call
    pub fn host_call(&self, function: Function, request: &Value) -> Result<Value> {
        let answer = self.host.call(function, request.to_text().as_bytes());
        read_answer(function.name(), answer)
    }
}

fn read_answer(name: &str, answer: Result<Vec<u8>, crate::Errno>) -> Result<Value> {
    let bytes = answer.map_err(|e| e.explain(name))?;
    if bytes.is_empty() {
        return Ok(Value::Object(Object::new()));
    }
    let value = parse(&bytes)?;
    match value.get("error") {
        Some(error) if !error.is_null() => Err(Error::from_value(error)),
        _ => Ok(value),
    }
}

/// Keeps a line within what the host takes, without cutting a character.
fn clip(line: &str) -> std::borrow::Cow<'_, str> {
    if line.len() <= MAX_LINE {
        return line.into();
    }
    let mut end = MAX_LINE - '…'.len_utf8();
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &line[..end]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_characters() {
        assert_eq!(clip("short"), "short");
        let long = "ü".repeat(MAX_LINE);
        let cut = clip(&long);
        assert!(cut.len() <= MAX_LINE && cut.ends_with("ü…"), "{}", cut.len());
    }
}
