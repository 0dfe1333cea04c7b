//! Runs the actions of a connector in its author's tests. A call goes through
//! the same decoding, defaults and error mapping as in the sandbox, against a
//! fake host.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::action::Answer;
use crate::connector::Connector;
use crate::error::{Error, Result};
use crate::host::{Errno, Function, Host, Level};
use crate::json::{parse, Value};
use crate::{object, serve};

/// A host of a test: blobs and kept values in memory, a clock that stands, and
/// answers to requests that the test gives.
#[derive(Default)]
pub struct FakeHost {
    /// The lines that were logged.
    pub lines: RefCell<Vec<(Level, String)>>,
    /// The lines of progress.
    pub steps: RefCell<Vec<String>>,
    /// What the clock says, in nanoseconds of Unix time.
    pub clock: i64,
    /// What `http` answers, the next first; a request without one is refused.
    pub responses: RefCell<Vec<Value>>,
    /// The requests of `http`.
    pub requests: RefCell<Vec<Value>>,
    /// What `sign` and the functions of streams answer, the next first; a call
    /// without one is refused. A stream's answers are those of the host function,
    /// such as `object! {"handle" => 1}` of `net_open`.
    pub answers: RefCell<Vec<Value>>,
    /// The calls of `sign` and of streams.
    pub asked: RefCell<Vec<Value>>,
    /// What `kv_get` and `kv_put` keep.
    pub kept: RefCell<BTreeMap<String, String>>,
    blobs: RefCell<Vec<(String, Vec<u8>)>>,
    drawn: RefCell<u64>,
}

impl FakeHost {
    /// An empty host.
    pub fn new() -> Rc<Self> {
        Rc::new(FakeHost::default())
    }

    /// Stores a blob and answers what to give an action as input. Its id is no
    /// SHA-256, as the host's is.
    pub fn put_blob(&self, bytes: &[u8]) -> Value {
        let mut blobs = self.blobs.borrow_mut();
        let id = format!("blob{}", blobs.len());
        blobs.push((id.clone(), bytes.to_vec()));
        object! {"$blob" => object! {"id" => id, "size" => bytes.len()}}
    }

    /// The bytes of a blob.
    pub fn blob(&self, id: &str) -> Option<Vec<u8>> {
        let blobs = self.blobs.borrow();
        blobs.iter().find(|(i, _)| i == id).map(|(_, b)| b.clone())
    }

    fn kv(&self, request: &Value, put: bool) -> Value {
        let key = request.get("key").and_then(Value::as_str).unwrap_or("");
        let mut kept = self.kept.borrow_mut();
        match request.get("value").and_then(Value::as_str) {
            Some(value) if put => {
                kept.insert(key.to_owned(), value.to_owned());
                object! {}
            }
            None if put => {
                kept.remove(key);
                object! {}
            }
            _ => kept
                .get(key)
                .map_or(object! {}, |v| object! {"value" => v.as_str()}),
        }
    }
}

/// Keeps what was asked and takes the next answer.
fn next(asked: &RefCell<Vec<Value>>, answers: &RefCell<Vec<Value>>, request: Value) -> Result<Value, Errno> {
    asked.borrow_mut().push(request);
    let mut answers = answers.borrow_mut();
    if answers.is_empty() {
        return Err(Errno::DENIED);
    }
    Ok(answers.remove(0))
}

impl Host for FakeHost {
    fn log(&self, level: Level, line: &str) {
        self.lines.borrow_mut().push((level, line.to_owned()));
    }

    fn progress(&self, line: &str) {
        self.steps.borrow_mut().push(line.to_owned());
    }

    fn now(&self) -> i64 {
        self.clock
    }

    fn random(&self, into: &mut [u8]) -> Result<(), Errno> {
        for byte in into {
            let mut drawn = self.drawn.borrow_mut();
            *drawn = drawn
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (*drawn >> 56) as u8;
        }
        Ok(())
    }

    fn blob_open(&self, id: &str) -> Result<i32, Errno> {
        let blobs = self.blobs.borrow();
        let at = blobs.iter().position(|(i, _)| i == id);
        at.map(|at| at as i32 + 1).ok_or(Errno::NOT_FOUND)
    }

    fn blob_read(&self, handle: i32, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        let blobs = self.blobs.borrow();
        let (_, bytes) = blobs.get(handle as usize - 1).ok_or(Errno::BAD_CALL)?;
        let rest = bytes.get(offset as usize..).unwrap_or(&[]);
        let size = rest.len().min(into.len());
        into[..size].copy_from_slice(&rest[..size]);
        Ok(size)
    }

    fn blob_write(&self, handle: i32, bytes: &[u8]) -> Result<i32, Errno> {
        let mut blobs = self.blobs.borrow_mut();
        if handle == 0 {
            let id = format!("blob{}", blobs.len());
            blobs.push((id, bytes.to_vec()));
            return Ok(blobs.len() as i32);
        }
        let blob = blobs.get_mut(handle as usize - 1).ok_or(Errno::BAD_CALL)?;
        blob.1.extend_from_slice(bytes);
        Ok(handle)
    }

    fn blob_close(&self, handle: i32) -> Result<Vec<u8>, Errno> {
        let blobs = self.blobs.borrow();
        let (id, bytes) = blobs.get(handle as usize - 1).ok_or(Errno::BAD_CALL)?;
        let reference = object! {"id" => id.as_str(), "size" => bytes.len()};
        Ok(reference.to_text().into_bytes())
    }

    fn call(&self, function: Function, request: &[u8]) -> Result<Vec<u8>, Errno> {
        let request = parse(request).map_err(|_| Errno::BAD_CALL)?;
        let answer = match function {
            Function::KvGet => self.kv(&request, false),
            Function::KvPut => self.kv(&request, true),
            Function::Http => next(&self.requests, &self.responses, request)?,
            _ => next(&self.asked, &self.answers, request)?,
        };
        Ok(answer.to_text().into_bytes())
    }
}

/// Calls an action on a host of its own.
pub fn run(connector: &Connector, action: &str, input: Value) -> Result<Value> {
    run_on(FakeHost::new(), connector, action, input)
}

/// Calls an action on a host.
pub fn run_on(host: Rc<FakeHost>, connector: &Connector, action: &str, input: Value) -> Result<Value> {
    let run = object! {"id" => "run", "step" => "test", "attempt" => 1, "key" => "key"};
    send(
        host,
        connector,
        &object! {"action" => action, "input" => input, "run" => run},
    )
}

/// Sends a request of the ABI.
pub fn send(host: Rc<FakeHost>, connector: &Connector, request: &Value) -> Result<Value> {
    let answer = serve::handle(host, connector, request.to_text().as_bytes());
    let answer = parse(&answer)?;
    match (answer.get("output"), answer.get("error")) {
        (Some(output), _) => Ok(output.clone()),
        (_, Some(error)) => Err(Error::from_value(error)),
        _ => Err(Error::internal("the answer has no output and no error")),
    }
}

/// Runs every example of a connector. It panics where one fails, or an action
/// has none.
pub fn check_examples(connector: &Connector) {
    for action in connector.actions() {
        assert!(
            !action.examples().is_empty(),
            "the action {} has no example: every action needs one, give it .example(…) or .fails_with(…)",
            action.id()
        );
        for example in action.examples() {
            let got = run(connector, action.id(), example.input.clone());
            let (want, got) = match (&example.answer, got) {
                (Answer::Output(want), Ok(got)) => (want.clone(), got),
                (Answer::Error(want), Err(got)) => (want.to_value(), got.to_value()),
                (Answer::Code(want), Err(got)) => (object! {"code" => *want}, got.to_value()),
                (_, got) => panic!("{}, {}: got {got:?}", action.id(), example.name),
            };
            if let Some(difference) = difference("", &want, &got) {
                panic!("{}, {}: {difference}", action.id(), example.name);
            }
        }
    }
}

/// Says where a value lacks what is wanted: every member of a wanted object must
/// be there, lists have the same length.
pub fn difference(at: &str, want: &Value, got: &Value) -> Option<String> {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => want.iter().find_map(|(key, want)| {
            let at = format!("{at}/{key}");
            difference(&at, want, got.get(key).unwrap_or(&Value::Null))
        }),
        (Value::Array(want), Value::Array(got)) if want.len() == got.len() => {
            let pairs = want.iter().zip(got).enumerate();
            pairs
                .map(|(i, (want, got))| difference(&format!("{at}/{i}"), want, got))
                .find_map(|d| d)
        }
        _ if want == got => None,
        _ => Some(format!("{at}: got {got}, want {want}")),
    }
}
