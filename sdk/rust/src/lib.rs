//! What the author of a Drawbridge connector in Rust writes against. A connector
//! is a set of typed actions; the JSON Schema of their input and output, the
//! manifest and the documentation are made from what is declared.
//!
//! ```
//! use drawbridge_sdk::{list, object, record, Action, Connector, Context, Error, Result};
//!
//! record! {
//!     /// What `lookup` takes.
//!     pub struct Input {
//!         /// The host to look up.
//!         pub host: String,
//!     }
//!     /// What it answers.
//!     pub struct Output {
//!         /// From 0, harmless, to 100.
//!         pub score: u32,
//!     }
//! }
//!
//! fn lookup(context: &Context, input: Input) -> Result<Output> {
//!     if input.host == "localhost" {
//!         return Err(Error::bad_input("/host", "give a public host"));
//!     }
//!     context.info(format!("looking at {}", input.host));
//!     Ok(Output { score: 10 })
//! }
//!
//! fn connector() -> Connector {
//!     Connector::new("reputation", "1.0.0", "Reputation", "Scores hosts.").action(
//!         Action::new("lookup", "Look up", lookup)
//!             .description("Scores a host.")
//!             .example("a host", object! {"host" => "a.example"}, object! {"score" => 10}),
//!     )
//! }
//!
//! drawbridge_sdk::export!(connector);
//! # fn main() { drawbridge_sdk::testing::check_examples(&connector()) }
//! ```
//!
//! `drawbridge plugin build` compiles the crate, a `cdylib`, asks the module for
//! its manifest and puts it into the file. The crate has no dependency.

#![warn(missing_docs)]

mod action;
#[cfg(target_arch = "wasm32")]
mod alloc;
pub mod base64;
mod blob;
mod connector;
mod context;
mod decode;
mod encode;
mod error;
mod field;
mod host;
pub mod http;
pub mod json;
pub mod net;
mod record;
mod schema;
mod serve;
mod sign;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;

pub use action::{Action, Effect, Example};
pub use blob::{Blob, BlobRef, BlobWriter, Text, INLINE_MAX};
pub use connector::{Connector, ABI};
pub use context::{Context, Credential, Run};
pub use decode::{decode, Decoder, FromJson};
pub use encode::ToJson;
pub use error::{Error, Problem, Result};
pub use field::Field;
pub use host::{Errno, Function, Host, Level};
pub use json::Value;
pub use sign::Signature;

#[doc(hidden)]
pub use encode::write_member as __write_member;
#[doc(hidden)]
pub use schema::record_schema as __record_schema;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: alloc::Small = alloc::Small::new();

/// Makes the exports of the module from the function that declares the connector.
/// It stands once in a crate, beside that function. Natively it makes nothing.
#[macro_export]
macro_rules! export {
    ($connector:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod drawbridge_exports {
            extern "C" {
                // Naming it keeps the linker from calling it around every export.
                fn __wasm_call_ctors();
            }

            #[no_mangle]
            extern "C" fn _initialize() {
                unsafe { __wasm_call_ctors() };
                $crate::wasm::initialize(super::$connector);
            }

            #[no_mangle]
            extern "C" fn drawbridge_buf() -> i64 {
                $crate::wasm::buf()
            }

            #[no_mangle]
            extern "C" fn drawbridge_run(size: i32) -> i64 {
                $crate::wasm::run(size)
            }

            #[no_mangle]
            extern "C" fn drawbridge_alloc(size: i32) -> i32 {
                $crate::wasm::alloc(size)
            }

            #[no_mangle]
            extern "C" fn drawbridge_run_at(at: i32, size: i32) -> i64 {
                $crate::wasm::run_at(at, size)
            }

            #[no_mangle]
            extern "C" fn drawbridge_warm() {
                $crate::wasm::warm()
            }
        }

        // A test build, or one for this machine, must not find it unused.
        #[cfg(not(target_arch = "wasm32"))]
        #[allow(dead_code)]
        const DRAWBRIDGE_CONNECTOR: fn() -> $crate::Connector = $connector;
    };
}
