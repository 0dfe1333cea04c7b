//! Streams to other systems, which the host opens: by TLS, unless an unencrypted
//! one was granted.

use std::io;
use std::time::Duration;

use crate::base64;
use crate::context::Context;
use crate::error::{duration_text, Error, Result};
use crate::host::Function;
use crate::json::{Object, Value};
use crate::object;

/// The most that one read answers.
pub const MAX_READ: usize = 64 << 10;
/// The most that the host takes in one write.
const MAX_WRITE: usize = 1 << 20;

/// An open stream. It is closed when it is dropped, and when the action returns.
pub struct Conn<'a> {
    context: &'a Context,
    handle: i64,
    timeout: Option<Duration>,
}

impl Context {
    /// Opens a stream to a host and port that the connector asks for by
    /// [`Connector::net`](crate::Connector::net) and an admin consented to; at most 4
    /// are open at once.
    pub fn connect(&self, host: &str, port: u16) -> Result<Conn<'_>> {
        self.connect_within(host, port, None)
    }

    /// As [`connect`](Self::connect), with a bound on the opening, and on each read and
    /// write; without one the call's own deadline holds.
    pub fn connect_within(&self, host: &str, port: u16, timeout: Option<Duration>) -> Result<Conn<'_>> {
        let mut request = Object::new();
        request.set("host", host).set("port", u32::from(port));
        let answer = self.host_call(Function::NetOpen, &bounded(request, timeout))?;
        let lost = || Error::internal("net_open: the answer has no handle");
        Ok(Conn {
            context: self,
            handle: answer.get("handle").and_then(Value::as_i64).ok_or_else(lost)?,
            timeout,
        })
    }
}

fn bounded(mut request: Object, timeout: Option<Duration>) -> Value {
    if let Some(timeout) = timeout {
        request.set("timeout", duration_text(timeout));
    }
    Value::Object(request)
}

impl Conn<'_> {
    /// Waits for something and answers it, at most 64 KiB; empty at the end.
    pub fn receive(&mut self, most: usize) -> Result<Vec<u8>> {
        let mut request = Object::new();
        request
            .set("handle", self.handle)
            .set("max", most.clamp(1, MAX_READ) as i64);
        let answer = self
            .context
            .host_call(Function::NetRead, &bounded(request, self.timeout))?;
        let text = answer.get("data").and_then(Value::as_str).unwrap_or("");
        base64::decode(text).ok_or_else(|| Error::internal("net_read: data is not base64"))
    }

    /// Sends all of it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for part in bytes.chunks(MAX_WRITE) {
            let mut request = Object::new();
            request
                .set("handle", self.handle)
                .set("data", base64::encode(part));
            self.context
                .host_call(Function::NetWrite, &bounded(request, self.timeout))?;
        }
        Ok(())
    }
}

impl Drop for Conn<'_> {
    fn drop(&mut self) {
        // One that is closed already needs no word.
        let _ = self
            .context
            .host_call(Function::NetClose, &object! {"handle" => self.handle});
    }
}

fn io_error(e: Error) -> io::Error {
    let kind = match &*e.code {
        "timeout" => io::ErrorKind::TimedOut,
        "denied" => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, e.message)
}

impl io::Read for Conn<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let bytes = self.receive(into.len()).map_err(io_error)?;
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl io::Write for Conn<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes).map_err(io_error)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
