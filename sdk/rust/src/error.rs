use std::borrow::Cow;
use std::time::Duration;

use crate::json::Value;
use crate::{list, object};

/// What an action answers: its output or an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of an action as the engine sees it. Whether the engine tries again
/// hangs on what it was made with.
///
/// Any error of the standard library becomes one of code `internal` by `?`.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// A short stable word that flows branch on, such as `bad_input`.
    pub code: Cow<'static, str>,
    /// What went wrong and what to do, for people.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long the engine must wait at least before it tries again.
    pub retry_after: Option<Duration>,
    /// More, for programs.
    pub details: Option<Value>,
}

/// One fault of the input, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON Pointer into the input, such as `/links/3/url`; empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Error {
    /// An error with a code of the connector's own, such as `not_found`. It is
    /// not retried.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Error {
            code: code.into(),
            message: message.into(),
            retryable: false,
            retry_after: None,
            details: None,
        }
    }

    /// A field of the input is wrong; retrying is no use. The pointer is a JSON
    /// Pointer into the input.
    pub fn bad_input(pointer: &str, message: impl Into<String>) -> Self {
        Error::problems(vec![Problem {
            pointer: pointer.to_owned(),
            message: message.into(),
        }])
    }

    /// Several fields of the input are wrong.
    pub fn problems(problems: Vec<Problem>) -> Self {
        let lines: Vec<String> = problems
            .iter()
            .map(|p| format!("{} {}", p.pointer, p.message).trim().to_owned())
            .collect();
        let mut all = list![];
        if let Value::Array(all) = &mut all {
            for p in problems {
                all.push(object! {"pointer" => p.pointer, "message" => p.message});
            }
        }
        Error {
            details: Some(object! {"problems" => all}),
            ..Error::new("bad_input", lines.join("; "))
        }
    }

    /// The other side did not answer or failed; the engine may try again by the
    /// node's retry rule.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Error {
            retryable: true,
            ..Error::new("unavailable", message)
        }
    }

    /// The other side asks for patience, as by an answer of 429: the engine waits
    /// at least so long before it tries again.
    pub fn rate_limited(after: Duration, message: impl Into<String>) -> Self {
        Error {
            retryable: true,
            retry_after: Some(after),
            ..Error::new("rate_limited", message)
        }
    }

    /// The deadline of something within the action passed; it may be tried again.
    pub fn timeout(message: impl Into<String>) -> Self {
        Error {
            retryable: true,
            ..Error::new("timeout", message)
        }
    }

    /// A credential or a capability is missing or refused.
    pub fn denied(message: impl Into<String>) -> Self {
        Error::new("denied", message)
    }

    /// A value is larger than the action can take.
    pub fn too_large(message: impl Into<String>) -> Self {
        Error::new("too_large", message)
    }

    /// A fault in the connector.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::new("internal", message)
    }

    /// The same error with details.
    pub fn with_details(self, details: impl Into<Value>) -> Self {
        Error {
            details: Some(details.into()),
            ..self
        }
    }

    /// The JSON of the ABI.
    pub fn to_value(&self) -> Value {
        let mut out = crate::json::Object::new();
        out.set("code", &*self.code).set("message", self.message.as_str());
        if self.retryable {
            out.set("retryable", true);
        }
        if let Some(after) = self.retry_after {
            out.set("retryAfter", duration_text(after));
        }
        if let Some(details) = &self.details {
            out.set("details", details.clone());
        }
        Value::Object(out)
    }

    /// Reads the JSON of the ABI, as host functions answer it.
    pub(crate) fn from_value(value: &Value) -> Self {
        let text = |key| value.get(key).and_then(Value::as_str);
        Error {
            code: Cow::Owned(text("code").unwrap_or("internal").to_owned()),
            message: text("message").unwrap_or("no reason was given").to_owned(),
            retryable: value.get("retryable").and_then(Value::as_bool) == Some(true),
            retry_after: text("retryAfter").and_then(parse_duration),
            details: value.get("details").cloned(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// An error without a code is a fault of the connector.
impl<E: std::error::Error> From<E> for Error {
    fn from(e: E) -> Self {
        Error::internal(e.to_string())
    }
}

/// Writes a duration as Go does, which is what the engine reads: `1m30s`, `1.5s`,
/// `250ms`.
pub(crate) fn duration_text(d: Duration) -> String {
    let (seconds, nanos) = (d.as_secs(), d.subsec_nanos());
    if seconds == 0 && nanos > 0 {
        return match nanos {
            n if n >= 1_000_000 => decimal(u64::from(n), 6) + "ms",
            n if n >= 1_000 => decimal(u64::from(n), 3) + "µs",
            n => format!("{n}ns"),
        };
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = decimal(seconds % 60 * 1_000_000_000 + u64::from(nanos), 9);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

/// Writes n / 10^places without zeros at its end.
fn decimal(n: u64, places: usize) -> String {
    let scale = 10u64.pow(places as u32);
    let text = format!("{}.{:0places$}", n / scale, n % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Reads durations of hours, minutes, seconds and milliseconds, such as `1m30s`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[end..];
    }
    Some(total)
        .filter(|t| t.is_finite() && *t < 1e9)
        .map(Duration::from_secs_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (90_000_000_000, "1m30s"),
            (1_500_000_000, "1.5s"),
            (250_000_000, "250ms"),
            (1_500_000, "1.5ms"),
            (2_000, "2µs"),
            (7, "7ns"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            let d = Duration::from_nanos(nanos);
            assert_eq!(duration_text(d), text);
            assert_eq!(parse_duration(text), Some(d), "{text}");
        }
        assert_eq!(parse_duration("soon"), None);
    }
}
