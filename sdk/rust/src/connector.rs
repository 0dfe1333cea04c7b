use crate::action::Action;
use crate::json::{Object, Value};
use crate::object;

/// The version of the ABI that this crate speaks.
pub const ABI: &str = "drawbridge_v1";

/// A named set of actions. [`export!`](crate::export) makes a module of it.
pub struct Connector {
    about: Object,
    credentials: Vec<Value>,
    http: Vec<Value>,
    net: Vec<Value>,
    kv: bool,
    actions: Vec<Action>,
}

impl Connector {
    /// A connector by its id (the part of a node's type before the dot), a
    /// semantic version such as `1.0.0`, and the name that people read.
    pub fn new(id: &str, version: &str, name: &str, description: &str) -> Self {
        let mut about = Object::new();
        about
            .set("id", id)
            .set("version", version)
            .set("abi", ABI)
            .set("name", name)
            .set("description", description);
        Connector {
            about,
            credentials: Vec::new(),
            http: Vec::new(),
            net: Vec::new(),
            kv: false,
            actions: Vec::new(),
        }
    }

    /// The text of an SVG picture, or the name of a lucide icon.
    pub fn icon(self, icon: &str) -> Self {
        self.set("icon", icon)
    }

    /// The group that the connector stands in.
    pub fn category(self, category: &str) -> Self {
        self.set("category", category)
    }

    /// Who answers for it.
    pub fn publisher(self, publisher: &str) -> Self {
        self.set("publisher", publisher)
    }

    /// Its licence, as an SPDX expression.
    pub fn license(self, license: &str) -> Self {
        self.set("license", license)
    }

    fn set(mut self, key: &str, value: &str) -> Self {
        self.about.set(key, value);
        self
    }

    /// Asks to send requests to a host: an exact name, `{field}` for one that
    /// stands in that field of the credential, or `*` for those that an admin
    /// names. The admin reads the reason.
    pub fn http(mut self, host: &str, methods: &[&str], reason: &str) -> Self {
        self.http.push(object! {
            "host" => host, "methods" => methods.to_vec(), "reason" => reason,
        });
        self
    }

    /// Asks to open streams to a host and port, with TLS or without.
    pub fn net(mut self, host: &str, port: u32, tls: bool, reason: &str) -> Self {
        self.net.push(object! {
            "host" => host, "port" => port, "tls" => tls, "reason" => reason,
        });
        self
    }

    /// Asks to keep values of its own between calls.
    pub fn kv(mut self) -> Self {
        self.kv = true;
        self
    }

    /// Declares a type of credential: `ID.NAME`, the JSON Schema of its fields,
    /// and how the host puts it into requests: `bearer`, `basic`, `header`,
    /// `query`, `sigv4`, `oauth2ClientCredentials` or `mtls`; for one that signs alone
    /// see [`credential_that_signs`](Self::credential_that_signs).
    pub fn credential(mut self, name: &str, fields: Value, apply: &str) -> Self {
        self.credentials
            .push(object! {"type" => name, "fields" => fields, "apply" => apply});
        self
    }

    /// Declares a credential that is put into the header or query parameter of a
    /// name; the value may have `{field}` for the credential's fields.
    pub fn credential_in(mut self, name: &str, fields: Value, apply: &str, key: &str, value: &str) -> Self {
        self.credentials.push(object! {
            "type" => name, "fields" => fields, "apply" => apply, "name" => key, "value" => value,
        });
        self
    }

    /// Declares a credential that the host signs with and puts into no request, by
    /// the schemes that [ABI.md](../ABI.md) lists.
    pub fn credential_that_signs(mut self, name: &str, fields: Value, schemes: &[&str]) -> Self {
        self.credentials.push(object! {
            "type" => name, "fields" => fields, "apply" => "none", "sign" => schemes.to_vec(),
        });
        self
    }

    /// Declares a credential by which the host makes tokens (JWT), in which the connector
    /// may say these claims: see [`Context::sign_token`](crate::Context::sign_token).
    pub fn credential_for_tokens(mut self, name: &str, fields: Value, claims: &[&str]) -> Self {
        self.credentials.push(object! {
            "type" => name, "fields" => fields, "apply" => "none", "sign" => vec!["jwt"], "claims" => claims.to_vec(),
        });
        self
    }

    /// Adds an action.
    pub fn action(mut self, action: Action) -> Self {
        if self.actions.iter().any(|a| a.id() == action.id()) {
            panic!("the action {} is declared twice", action.id());
        }
        self.actions.push(action);
        self
    }

    /// The connector's id.
    pub fn id(&self) -> &str {
        self.about.get("id").and_then(Value::as_str).unwrap_or("")
    }

    /// The actions, in the order of their declaration.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    pub(crate) fn find(&self, connector: &str, action: &str) -> Option<&Action> {
        if !connector.is_empty() && connector != self.id() {
            return None;
        }
        self.actions.iter().find(|a| a.id() == action)
    }

    /// What describes the connector to the host.
    pub fn manifest(&self) -> Value {
        let mut out = self.about.clone();
        if !self.credentials.is_empty() {
            out.set("credentials", self.credentials.clone());
        }
        let mut powers = Object::new();
        for (key, list) in [("http", &self.http), ("net", &self.net)] {
            if !list.is_empty() {
                powers.set(key, list.clone());
            }
        }
        if self.kv {
            powers.set("kv", true);
        }
        out.set("capabilities", powers);
        let actions: Vec<Value> = self.actions.iter().map(Action::manifest).collect();
        out.set("actions", actions);
        Value::Object(out)
    }

    /// A request of the first example of each action that only computes, and what
    /// it is.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
    pub(crate) fn warm_requests(&self) -> Vec<(String, Vec<u8>)> {
        let examples = self.actions.iter().filter_map(|a| Some((a, a.warm_example()?)));
        examples
            .map(|(action, example)| {
                let what = [
                    "the example \"",
                    example.name,
                    "\" of ",
                    self.id(),
                    ".",
                    action.id(),
                ]
                .concat();
                let run = object! {"attempt" => 1, "dryRun" => true};
                let request =
                    object! {"action" => action.id(), "input" => example.input.clone(), "run" => run};
                (what, request.to_text().into_bytes())
            })
            .collect()
    }
}
