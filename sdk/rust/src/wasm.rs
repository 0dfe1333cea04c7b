//! The two sides of the ABI in WebAssembly: the imports, and what [`export!`]
//! makes exports of.
//!
//! [`export!`]: crate::export

use std::cell::UnsafeCell;

use crate::alloc::PAGE;
use crate::connector::Connector;
use crate::host::{Errno, Function, Host, Level};
use crate::serve;

mod import {
    #[link(wasm_import_module = "drawbridge_v1")]
    extern "C" {
        pub fn log(level: i32, at: *const u8, size: usize);
        pub fn progress(at: *const u8, size: usize);
        pub fn now() -> i64;
        pub fn random(at: *mut u8, size: usize) -> i32;
        pub fn blob_open(at: *const u8, size: usize) -> i64;
        pub fn blob_read(handle: i32, offset: i64, at: *mut u8, size: usize) -> i32;
        pub fn blob_write(handle: i32, at: *const u8, size: usize) -> i32;
        pub fn blob_close(handle: i32) -> i32;
        pub fn take(at: *mut u8, size: usize) -> i32;
        pub fn http(at: *const u8, size: usize) -> i32;
        pub fn net_open(at: *const u8, size: usize) -> i32;
        pub fn net_read(at: *const u8, size: usize) -> i32;
        pub fn net_write(at: *const u8, size: usize) -> i32;
        pub fn net_close(at: *const u8, size: usize) -> i32;
        pub fn sign(at: *const u8, size: usize) -> i32;
        pub fn kv_get(at: *const u8, size: usize) -> i32;
        pub fn kv_put(at: *const u8, size: usize) -> i32;
    }
}

/// The host functions as the sandbox gives them.
#[derive(Clone, Copy, Debug)]
pub struct WasmHost;

fn check(code: i32) -> Result<usize, Errno> {
    usize::try_from(code).map_err(|_| Errno(code))
}

/// Fetches what the last host call left.
fn take(size: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; size];
    let got = check(unsafe { import::take(bytes.as_mut_ptr(), size) })?;
    bytes.truncate(got);
    Ok(bytes)
}

impl Host for WasmHost {
    fn log(&self, level: Level, line: &str) {
        unsafe { import::log(level as i32, line.as_ptr(), line.len()) }
    }

    fn progress(&self, line: &str) {
        unsafe { import::progress(line.as_ptr(), line.len()) }
    }

    fn now(&self) -> i64 {
        unsafe { import::now() }
    }

    fn random(&self, into: &mut [u8]) -> Result<(), Errno> {
        check(unsafe { import::random(into.as_mut_ptr(), into.len()) }).map(|_| ())
    }

    fn blob_open(&self, id: &str) -> Result<i32, Errno> {
        let handle = unsafe { import::blob_open(id.as_ptr(), id.len()) } as i32;
        check(handle).map(|_| handle)
    }

    fn blob_read(&self, handle: i32, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        let offset = offset as i64;
        check(unsafe { import::blob_read(handle, offset, into.as_mut_ptr(), into.len()) })
    }

    fn blob_write(&self, handle: i32, bytes: &[u8]) -> Result<i32, Errno> {
        let handle = unsafe { import::blob_write(handle, bytes.as_ptr(), bytes.len()) };
        check(handle).map(|_| handle)
    }

    fn blob_close(&self, handle: i32) -> Result<Vec<u8>, Errno> {
        take(check(unsafe { import::blob_close(handle) })?)
    }

    #[inline(always)] // so that of the functions only those named stay imported
    fn call(&self, function: Function, request: &[u8]) -> Result<Vec<u8>, Errno> {
        let (at, size) = (request.as_ptr(), request.len());
        let code = unsafe {
            match function {
                Function::Http => import::http(at, size),
                Function::NetOpen => import::net_open(at, size),
                Function::NetRead => import::net_read(at, size),
                Function::NetWrite => import::net_write(at, size),
                Function::NetClose => import::net_close(at, size),
                Function::Sign => import::sign(at, size),
                Function::KvGet => import::kv_get(at, size),
                Function::KvPut => import::kv_put(at, size),
            }
        };
        take(check(code)?)
    }
}

/// Requests that fit here need no allocation and no second call.
const BUFFER: usize = 64 << 10;

struct State {
    /// Made with the connector, on pages of its own: beside what is written in
    /// every call it would make more pages to put back.
    buffer: Vec<u8>,
    large: Vec<u8>,
    answer: Vec<u8>, // kept while the host copies it
    connector: Option<Connector>,
}

struct Global(UnsafeCell<State>);

// A module has one thread.
unsafe impl Sync for Global {}

static STATE: Global = Global(UnsafeCell::new(State {
    buffer: Vec::new(),
    large: Vec::new(),
    answer: Vec::new(),
    connector: None,
}));

fn state() -> &'static mut State {
    // No export calls another, and the host never calls back into a guest that
    // is calling out: this is the only reference.
    unsafe { &mut *STATE.0.get() }
}

fn packed(at: *const u8, size: usize) -> i64 {
    (at as i64) << 32 | size as i64
}

/// `_initialize`: declares the connector and sees to it that a panic is told.
pub fn initialize(declare: fn() -> Connector) {
    std::panic::set_hook(Box::new(|info| {
        let message = match (
            info.payload().downcast_ref::<&str>(),
            info.payload().downcast_ref::<String>(),
        ) {
            (Some(s), _) => s,
            (_, Some(s)) => s.as_str(),
            _ => "no message",
        };
        // In one line, in which the sandbox looks for it.
        match info.location() {
            Some(at) => eprintln!("panicked at {}:{}: {message}", at.file(), at.line()),
            None => eprintln!("panicked at an unknown place: {message}"),
        }
    }));
    state().buffer = vec![0; BUFFER + PAGE];
    state().connector = Some(declare());
}

/// `drawbridge_buf`.
pub fn buf() -> i64 {
    let at = state().buffer.as_ptr();
    packed(at.wrapping_add(at.align_offset(PAGE)), BUFFER)
}

/// `drawbridge_run`.
pub fn run(size: i32) -> i64 {
    let s = state();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let start = s.buffer.as_ptr().align_offset(PAGE);
    s.answer = answer(&s.connector, &s.buffer[start..start + size.min(BUFFER)]);
    packed(s.answer.as_ptr(), s.answer.len())
}

/// `drawbridge_alloc`; 0 where there is no room.
pub fn alloc(size: i32) -> i32 {
    let s = state();
    let size = usize::try_from(size).unwrap_or(0);
    s.large = Vec::new();
    if size == 0 || s.large.try_reserve_exact(size).is_err() {
        return 0;
    }
    s.large.resize(size, 0);
    s.large.as_ptr() as i32
}

/// `drawbridge_run_at`.
pub fn run_at(at: i32, size: i32) -> i64 {
    let s = state();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if s.large.as_ptr() as i32 != at {
        panic!("drawbridge_run_at: not the memory that drawbridge_alloc gave");
    }
    let mut request = std::mem::take(&mut s.large);
    request.truncate(size);
    s.answer = answer(&s.connector, &request);
    packed(s.answer.as_ptr(), s.answer.len())
}

/// `drawbridge_warm`: runs what only computes, so that what is made on first use
/// is in the image that every call starts from.
pub fn warm() {
    if let Some(connector) = &state().connector {
        for (example, request) in connector.warm_requests() {
            WasmHost.progress(&example); // the sandbox says so where it ends badly
            drop(serve::handle(WasmHost, connector, &request));
        }
    }
    crate::ALLOCATOR.settle();
}

fn answer(connector: &Option<Connector>, request: &[u8]) -> Vec<u8> {
    match connector {
        Some(connector) => serve::handle(WasmHost, connector, request),
        None => panic!("_initialize was not called"),
    }
}
