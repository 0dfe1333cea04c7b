use std::time::Duration;

use crate::context::Context;
use crate::decode::{decode, FromJson};
use crate::encode::ToJson;
use crate::error::{duration_text, Error, Result};
use crate::json::{Object, Value};
use crate::object;

/// What an action may do to the world outside the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Computes only.
    None,
    /// Asks another system, changes nothing.
    Read,
    /// Changes another system.
    Write,
    /// Changes it in a way that hurts if wrong.
    Destructive,
}

type Handler = Box<dyn Fn(&Context, Value, &mut Vec<u8>) -> Result<()> + Send + Sync>;

/// One thing a connector can do.
pub struct Action {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    effect: Effect,
    idempotent: bool,
    inverse: Option<&'static str>,
    timeout: Option<Duration>,
    memory_pages: Option<u32>,
    examples: Vec<Example>,
    schemas: fn() -> (Value, Value),
    handler: Handler,
}

/// One call of an action with what it answers. Examples are tests: every field
/// of the output, or of the error, must be in the answer.
#[derive(Clone, Debug)]
pub struct Example {
    pub(crate) name: &'static str,
    pub(crate) input: Value,
    pub(crate) answer: Answer,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Output(Value),
    Error(Error),
    /// An error of a code, whatever else it says.
    Code(&'static str),
}

impl Action {
    /// An action of a function from a [`record!`](crate::record) to another. It
    /// computes only, unless [`effect`](Action::effect) says more.
    pub fn new<I, O, F>(id: &'static str, name: &'static str, run: F) -> Self
    where
        I: FromJson,
        O: FromJson + ToJson,
        F: Fn(&Context, I) -> Result<O> + Send + Sync + 'static,
    {
        Action {
            id,
            name,
            description: "",
            effect: Effect::None,
            idempotent: false,
            inverse: None,
            timeout: None,
            memory_pages: None,
            examples: Vec::new(),
            schemas: || (I::schema(true), O::schema(false)),
            handler: Box::new(move |context, input, out| {
                let output = run(context, decode(input)?)?;
                output.to_json(out);
                Ok(())
            }),
        }
    }

    /// What the action does, in a sentence or two.
    pub fn description(self, description: &'static str) -> Self {
        Action { description, ..self }
    }

    /// What it may do to the world.
    pub fn effect(self, effect: Effect) -> Self {
        Action { effect, ..self }
    }

    /// Says that a repeated call with the same key does no harm.
    pub fn idempotent(self) -> Self {
        Action {
            idempotent: true,
            ..self
        }
    }

    /// Names the action that undoes this one.
    pub fn inverse(self, id: &'static str) -> Self {
        Action {
            inverse: Some(id),
            ..self
        }
    }

    /// The deadline of a call; without one the host has its own.
    pub fn timeout(self, timeout: Duration) -> Self {
        Action {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Asks for more memory than the 384 pages of 64 KiB that a call has; at most
    /// 1,024.
    pub fn memory_pages(self, pages: u32) -> Self {
        Action {
            memory_pages: Some(pages),
            ..self
        }
    }

    /// Adds an example of an output, or of the part of it that matters.
    pub fn example(mut self, name: &'static str, input: Value, output: Value) -> Self {
        let answer = Answer::Output(output);
        self.examples.push(Example { name, input, answer });
        self
    }

    /// Adds an example of an error, whose message must be the same.
    pub fn fails(mut self, name: &'static str, input: Value, error: Error) -> Self {
        let answer = Answer::Error(error);
        self.examples.push(Example { name, input, answer });
        self
    }

    /// Adds an example of an error of which the code alone matters.
    pub fn fails_with(mut self, name: &'static str, input: Value, code: &'static str) -> Self {
        let answer = Answer::Code(code);
        self.examples.push(Example { name, input, answer });
        self
    }

    /// The action's id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn examples(&self) -> &[Example] {
        &self.examples
    }

    pub(crate) fn call(&self, context: &Context, input: Value, out: &mut Vec<u8>) -> Result<()> {
        (self.handler)(context, input, out)
    }

    pub(crate) fn warm_example(&self) -> Option<&Example> {
        let only_computes = self.effect == Effect::None;
        self.examples.first().filter(|_| only_computes)
    }

    pub(crate) fn manifest(&self) -> Value {
        let (input, output) = (self.schemas)();
        let mut out = Object::new();
        out.set("id", self.id)
            .set("name", self.name)
            .set("description", self.description)
            .set("input", input)
            .set("output", output)
            .set("effect", self.effect.name());
        if self.idempotent {
            out.set("idempotent", true);
        }
        if let Some(inverse) = self.inverse {
            out.set("inverse", inverse);
        }
        if let Some(timeout) = self.timeout {
            out.set("timeout", duration_text(timeout));
        }
        if let Some(pages) = self.memory_pages {
            out.set("memoryPages", pages);
        }
        if !self.examples.is_empty() {
            let examples: Vec<Value> = self.examples.iter().map(Example::manifest).collect();
            out.set("examples", examples);
        }
        Value::Object(out)
    }
}

impl Effect {
    fn name(self) -> &'static str {
        match self {
            Effect::None => "none",
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Destructive => "destructive",
        }
    }
}

impl Example {
    fn manifest(&self) -> Value {
        let mut out = Object::new();
        out.set("name", self.name).set("input", self.input.clone());
        match &self.answer {
            Answer::Output(output) => out.set("output", output.clone()),
            Answer::Error(error) => out.set("error", error.to_value()),
            Answer::Code(code) => out.set("error", object! {"code" => *code}),
        };
        Value::Object(out)
    }
}
