//! Requests to other systems, which the host sends: it checks that they were
//! granted and puts credentials in.

use std::time::Duration;

use crate::base64;
use crate::context::{Context, Credential};
use crate::error::{duration_text, Error, Result};
use crate::host::Function;
use crate::json::{parse, Object, Value};

/// A request that is being made.
#[derive(Clone, Debug)]
pub struct Request {
    fields: Object,
    headers: Object,
}

/// An answer of any status.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: String,
    /// The body's bytes.
    pub body: Vec<u8>,
    headers: Object,
}

impl Request {
    /// A request of a method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let mut fields = Object::new();
        fields.set("method", method).set("url", url.into());
        Request {
            fields,
            headers: Object::new(),
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Request::new("GET", url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Request::new("POST", url)
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.set(name, value);
        self
    }

    /// Has the host put a credential in.
    pub fn credential(mut self, credential: &Credential) -> Self {
        self.fields.set("credential", credential.handle.as_str());
        self
    }

    /// Sets a body of JSON, and its Content-Type.
    pub fn json(self, body: &Value) -> Self {
        self.text(body.to_text())
            .header("content-type", "application/json")
    }

    /// Sets a body of text.
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.fields.set("body", body.into());
        self
    }

    /// Sets a body of bytes.
    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.fields.set("bodyBase64", base64::encode(body));
        self
    }

    /// Bounds the request; without it the call's own deadline holds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.fields.set("timeout", duration_text(timeout));
        self
    }

    /// Answers redirects instead of following them.
    pub fn manual_redirects(mut self) -> Self {
        self.fields.set("redirect", "manual");
        self
    }

    /// The JSON of the ABI.
    pub fn to_value(&self) -> Value {
        let mut out = self.fields.clone();
        if !self.headers.is_empty() {
            out.set("headers", self.headers.clone());
        }
        Value::Object(out)
    }
}

impl Context {
    /// Sends a request. A response of any status is an answer; the error is for
    /// what was refused or did not come through.
    pub fn http(&self, request: &Request) -> Result<Response> {
        let answer = self.host_call(Function::Http, &request.to_value())?;
        Response::from_value(answer)
    }
}

impl Response {
    fn from_value(answer: Value) -> Result<Self> {
        let mut fields = match answer {
            Value::Object(fields) => fields,
            _ => return Err(Error::internal("http: the answer is no object")),
        };
        let body = match (fields.take("bodyBase64"), fields.take("body")) {
            (Some(Value::String(text)), _) => {
                let wrong = || Error::internal("http: bodyBase64 is not base64");
                base64::decode(&text).ok_or_else(wrong)?
            }
            (_, Some(Value::String(text))) => text.into_bytes(),
            _ => Vec::new(),
        };
        let status = fields.take("status").and_then(|v| v.as_i64()).unwrap_or(0);
        Ok(Response {
            status: u16::try_from(status).unwrap_or(0),
            url: match fields.take("url") {
                Some(Value::String(url)) => url,
                _ => String::new(),
            },
            headers: match fields.take("headers") {
                Some(Value::Object(headers)) => headers,
                _ => Object::new(),
            },
            body,
        })
    }

    /// The first value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        value.as_str().or_else(|| value.as_array()?.first()?.as_str())
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        let wrong = |e| Error::internal(format!("the answer of {} is not JSON: {e}", self.url));
        parse(&self.body).map_err(wrong)
    }

    /// The response itself where its status is 2xx; else an error that tells the
    /// engine whether to try again: 429 and 503 after what Retry-After says, 408
    /// and 5xx by the node's rule, 401 and 403 denied, 404 not_found.
    pub fn success(self) -> Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        let message = format!("{} answered {}", self.url, self.status);
        Err(match (self.status, self.retry_after()) {
            (429 | 503, Some(after)) => Error::rate_limited(after, message),
            (429, None) => Error {
                retryable: true,
                ..Error::new("rate_limited", message)
            },
            (401 | 403, _) => Error::denied(message),
            (404, _) => Error::new("not_found", message),
            (408 | 500..=599, _) => Error::unavailable(message),
            _ => Error::new("http_status", message),
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}
