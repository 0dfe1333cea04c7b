//! Signatures with the call's credential, which the host makes: the connector never
//! sees the key.

use crate::base64;
use crate::context::Context;
use crate::error::Result;
use crate::host::Function;
use crate::http::Request;
use crate::json::Value;
use crate::object;

/// What was signed goes out with these headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Names and values, as they are to be sent.
    pub headers: Vec<(String, String)>,
    /// The part of them that was computed.
    pub value: String,
    /// The host's time, which was signed, in seconds of Unix time.
    pub timestamp: i64,
}

impl Context {
    /// Signs a message that is sent to somebody, by a scheme that the credential's
    /// type declares: `standard-webhooks`, with an id of letters, digits, _ and -, or
    /// `slack-v0`, with an empty one.
    pub fn sign_webhook(&self, scheme: &str, id: &str, body: &[u8]) -> Result<Signature> {
        let handle = &self.need_credential()?.handle;
        let mut request = object! {"scheme" => scheme, "credential" => handle.as_str(), "bodyBase64" => base64::encode(body)};
        if let (Value::Object(fields), false) = (&mut request, id.is_empty()) {
            fields.set("id", id);
        }
        self.host_call(Function::Sign, &request)
            .map(Signature::from_value)
    }

    /// Signs a request by a scheme such as `duo-v5`; send it with the headers of the
    /// signature. It must be one that the connector may send, to a host of the
    /// credential. Headers of the request aren't signed.
    pub fn sign_request(&self, scheme: &str, request: &Request) -> Result<Signature> {
        let handle = &self.need_credential()?.handle;
        let given = request.to_value();
        let mut ask = object! {"scheme" => scheme, "credential" => handle.as_str()};
        if let Value::Object(fields) = &mut ask {
            for key in ["method", "url", "body", "bodyBase64", "bodyBlob"] {
                if let Some(value) = given.get(key) {
                    fields.set(key, value.clone());
                }
            }
        }
        self.host_call(Function::Sign, &ask).map(Signature::from_value)
    }

    /// Makes a token (JWT) for a request that the connector may send, to a host of the
    /// credential, by the scheme `jwt`: it says the claims that the credential's type
    /// declares. Of the request its method and address count; the address has no query.
    pub fn sign_token(&self, request: &Request, claims: Value) -> Result<Signature> {
        self.sign_for(request, "jwt", "claims", claims)
    }

    /// Makes the token by which step-ca renews a certificate, by the scheme
    /// `step-ca-renew`. The certificate is PEM, with those above it; it must be of the
    /// credential's key.
    pub fn sign_renewal(&self, request: &Request, certificate: &str) -> Result<Signature> {
        self.sign_for(request, "step-ca-renew", "certificate", certificate.into())
    }

    fn sign_for(&self, request: &Request, scheme: &str, key: &str, value: Value) -> Result<Signature> {
        let handle = &self.need_credential()?.handle;
        let given = request.to_value();
        let mut ask = object! {"scheme" => scheme, "credential" => handle.as_str()};
        if let Value::Object(fields) = &mut ask {
            for name in ["method", "url"] {
                if let Some(part) = given.get(name) {
                    fields.set(name, part.clone());
                }
            }
            fields.set(key, value);
        }
        self.host_call(Function::Sign, &ask).map(Signature::from_value)
    }
}

impl Signature {
    fn from_value(answer: Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        let headers = match answer.get("headers") {
            Some(Value::Object(all)) => all.iter().map(|(k, v)| (k.to_string(), text(v))).collect(),
            _ => Vec::new(),
        };
        Signature {
            headers,
            value: answer.get("signature").map(text).unwrap_or_default(),
            timestamp: answer.get("timestamp").and_then(Value::as_i64).unwrap_or(0),
        }
    }

    /// A request with the headers of the signature.
    pub fn on(&self, request: Request) -> Request {
        let headers = self.headers.iter();
        headers.fold(request, |r, (name, value)| r.header(name, value))
    }
}
