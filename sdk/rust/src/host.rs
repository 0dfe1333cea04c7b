//! What a connector can ask of the outside world. In WebAssembly these are the
//! host functions of the ABI, natively those of a test's host.

use crate::error::Error;

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Level {
    /// For the author of the connector.
    Debug,
    /// Kept with the step.
    Info,
    /// Something that the analyst should look at.
    Warn,
    /// A failure that the action survives.
    Error,
}

/// Why a host function refuses: a negative number of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    /// No such capability was granted.
    pub const DENIED: Errno = Errno(-1);
    /// A pointer, length or handle is out of range.
    pub const BAD_CALL: Errno = Errno(-2);
    /// It is not there.
    pub const NOT_FOUND: Errno = Errno(-3);
    /// It is too large.
    pub const TOO_LARGE: Errno = Errno(-4);
    /// Too many calls, handles or bytes in this call.
    pub const LIMIT: Errno = Errno(-5);
    /// The host could not do it.
    pub const IO: Errno = Errno(-6);

    /// An error that says what to do.
    pub fn explain(self, what: &str) -> Error {
        match self {
            Errno::DENIED => Error::denied(format!(
                "{what}: not granted; ask an admin to grant it to this connector"
            )),
            Errno::NOT_FOUND => Error::internal(format!(
                "{what}: it is not there; it may have passed its retention"
            )),
            Errno::TOO_LARGE => Error::too_large(format!("{what}: too large")),
            Errno::LIMIT => Error::too_large(format!("{what}: this call has used up its limit")),
            Errno::IO => Error::unavailable(format!("{what}: the host could not do it")),
            Errno(code) => Error::internal(format!("{what}: refused with {code}")),
        }
    }
}

/// The host functions that take JSON and answer JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // they are named as in the ABI
pub enum Function {
    Http,
    NetOpen,
    NetRead,
    NetWrite,
    NetClose,
    Sign,
    KvGet,
    KvPut,
}

impl Function {
    /// The name in the ABI.
    pub fn name(self) -> &'static str {
        match self {
            Function::Http => "http",
            Function::NetOpen => "net_open",
            Function::NetRead => "net_read",
            Function::NetWrite => "net_write",
            Function::NetClose => "net_close",
            Function::Sign => "sign",
            Function::KvGet => "kv_get",
            Function::KvPut => "kv_put",
        }
    }
}

/// The host functions, as the ABI has them.
pub trait Host {
    /// Logs a line.
    fn log(&self, level: Level, line: &str);
    /// Shows a line to the person who watches the run.
    fn progress(&self, line: &str);
    /// Unix time in nanoseconds.
    fn now(&self) -> i64;
    /// Fills the bytes at random.
    fn random(&self, into: &mut [u8]) -> Result<(), Errno>;
    /// Opens a blob and answers its handle.
    fn blob_open(&self, id: &str) -> Result<i32, Errno>;
    /// Reads a blob at an offset; 0 is its end.
    fn blob_read(&self, handle: i32, offset: u64, into: &mut [u8]) -> Result<usize, Errno>;
    /// Writes to a blob; handle 0 begins one. Answers its handle.
    fn blob_write(&self, handle: i32, bytes: &[u8]) -> Result<i32, Errno>;
    /// Closes a blob; of one that was written it answers `{"id", "size"}`.
    fn blob_close(&self, handle: i32) -> Result<Vec<u8>, Errno>;
    /// Calls a function that takes JSON and answers JSON.
    fn call(&self, function: Function, request: &[u8]) -> Result<Vec<u8>, Errno>;
}

/// The way to the host. In WebAssembly there is one alone, and calls to it are
/// direct, so that a module imports what it uses and nothing else.
#[cfg(target_arch = "wasm32")]
pub(crate) type Reach = crate::wasm::WasmHost;
/// The way to the host, in a test.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Reach = std::rc::Rc<dyn Host>;
