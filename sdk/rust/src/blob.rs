//! Large values: a field holds them inline, or as a reference to a blob that the
//! host keeps.

use crate::base64;
use crate::context::Context;
use crate::decode::{Decoder, FromJson};
use crate::encode::ToJson;
use crate::error::{Error, Result};
#[cfg(target_arch = "wasm32")]
use crate::host::Host;
use crate::json::{parse, Object, Value};
use crate::object;

/// The size up to which a value is kept inside the answer.
pub const INLINE_MAX: usize = 64 << 10;

/// The most bytes of one copy between guest and host.
const CHUNK: usize = 1 << 20;

/// So many written bytes are gathered before the host is called.
const GATHER: usize = 32 << 10;

/// A value that the host keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRef {
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub id: String,
    /// Its size in bytes.
    pub size: u64,
    /// What the bytes are, where that is known.
    pub media_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Inline(Vec<u8>),
    Stored(BlobRef),
}

macro_rules! content {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Content);

        impl $name {
            /// The number of bytes.
            pub fn size(&self) -> u64 {
                match &self.0 {
                    Content::Inline(bytes) => bytes.len() as u64,
                    Content::Stored(blob) => blob.size,
                }
            }

            /// The value whole. One of more than `limit` bytes is refused as
            /// `too_large`.
            pub fn bytes(self, context: &Context, limit: u64) -> Result<Vec<u8>> {
                if self.size() > limit {
                    return Err(Error::too_large(format!(
                        "the value has {} bytes, at most {limit} are allowed",
                        self.size()
                    )));
                }
                match self.0 {
                    Content::Inline(bytes) => Ok(bytes),
                    Content::Stored(blob) => context.read_blob(&blob),
                }
            }
        }

        impl From<BlobRef> for $name {
            fn from(blob: BlobRef) -> Self {
                $name(Content::Stored(blob))
            }
        }
    };
}

content! {
    /// A field that holds text: a JSON string, or a reference to a blob where it
    /// is large.
    Text
}
content! {
    /// A field that holds bytes: base64 in a JSON string, or a reference to a
    /// blob where they are many.
    Blob
}

impl Text {
    /// The value as text; what is not UTF-8 becomes U+FFFD.
    pub fn text(self, context: &Context, limit: u64) -> Result<String> {
        let bytes = self.bytes(context, limit)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(Content::Inline(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Blob(Content::Inline(bytes))
    }
}

/// Reads `{"$blob": {"id", "size"}}`.
fn reference(value: &Value) -> Option<BlobRef> {
    let outer = value.as_object().filter(|o| o.len() == 1)?;
    let blob = outer.get("$blob")?;
    Some(BlobRef {
        id: blob.get("id")?.as_str().filter(|id| !id.is_empty())?.to_owned(),
        size: u64::try_from(blob.get("size")?.as_i64()?).ok()?,
        media_type: blob.get("mediaType").and_then(Value::as_str).map(str::to_owned),
    })
}

fn write_reference(blob: &BlobRef, out: &mut Vec<u8>) {
    let mut inner = Object::new();
    inner.set("id", blob.id.as_str()).set("size", blob.size);
    if let Some(media_type) = &blob.media_type {
        inner.set("mediaType", media_type.as_str());
    }
    object! {"$blob" => inner}.write(out);
}

impl FromJson for Text {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        match value {
            Value::String(s) => Some(Text::from(s)),
            other => match reference(&other) {
                Some(blob) => Some(blob.into()),
                None => d.fail("must be a string or a blob"),
            },
        }
    }

    fn schema(_: bool) -> Value {
        object! {"type" => "string", "contentMediaType" => "text/plain"}
    }
}

impl FromJson for Blob {
    fn from_json(value: Value, d: &mut Decoder) -> Option<Self> {
        match value {
            Value::String(s) => match base64::decode(&s) {
                Some(bytes) => Some(Blob::from(bytes)),
                None => d.fail("must be standard base64 with padding"),
            },
            other => match reference(&other) {
                Some(blob) => Some(blob.into()),
                None => d.fail("must be base64 in a string, or a blob"),
            },
        }
    }

    fn schema(_: bool) -> Value {
        object! {
            "type" => "string", "contentEncoding" => "base64",
            "contentMediaType" => "application/octet-stream",
        }
    }
}

impl ToJson for Text {
    fn to_json(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Content::Inline(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_json(out),
                Err(_) => String::from_utf8_lossy(bytes).into_owned().to_json(out),
            },
            Content::Stored(blob) => write_reference(blob, out),
        }
    }
}

impl ToJson for Blob {
    fn to_json(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Content::Inline(bytes) => base64::encode(bytes).to_json(out),
            Content::Stored(blob) => write_reference(blob, out),
        }
    }
}

impl Context {
    /// Reads a blob whole.
    pub fn read_blob(&self, blob: &BlobRef) -> Result<Vec<u8>> {
        let fail = |e: crate::Errno| e.explain(&format!("read blob {}", blob.id));
        let handle = self.host.blob_open(&blob.id).map_err(fail)?;
        let mut bytes = vec![0; blob.size as usize];
        let mut done = 0;
        while done < bytes.len() {
            let end = bytes.len().min(done + CHUNK);
            let read = self.host.blob_read(handle, done as u64, &mut bytes[done..end]);
            match read.map_err(fail)? {
                0 => return Err(Error::internal(format!("blob {} ends early", blob.id))),
                n => done += n,
            }
        }
        self.host.blob_close(handle).map_err(fail)?;
        Ok(bytes)
    }

    /// Begins a blob, which is then never whole in memory.
    pub fn create_blob(&self, media_type: &str) -> BlobWriter<'_> {
        BlobWriter {
            context: self,
            handle: 0,
            media_type: media_type.to_owned(),
            gathered: Vec::new(),
        }
    }

    /// Makes an output of a text: inline where it is short, else a blob.
    pub fn store_text(&self, text: String, media_type: &str) -> Result<Text> {
        if text.len() <= INLINE_MAX {
            return Ok(text.into());
        }
        let mut writer = self.create_blob(media_type);
        writer.write(text.as_bytes())?;
        writer.finish().map(Text::from)
    }

    /// Makes an output of bytes: inline where they are few, else a blob.
    pub fn store_bytes(&self, bytes: Vec<u8>, media_type: &str) -> Result<Blob> {
        if bytes.len() <= INLINE_MAX {
            return Ok(bytes.into());
        }
        let mut writer = self.create_blob(media_type);
        writer.write(&bytes)?;
        writer.finish().map(Blob::from)
    }
}

/// Writes one blob.
pub struct BlobWriter<'a> {
    context: &'a Context,
    handle: i32,
    media_type: String,
    gathered: Vec<u8>,
}

impl BlobWriter<'_> {
    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.gathered.len() + bytes.len() <= GATHER {
            self.gathered.extend_from_slice(bytes);
            return Ok(());
        }
        let before = std::mem::take(&mut self.gathered);
        self.send(&before)?;
        self.send(bytes)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for chunk in bytes.chunks(CHUNK) {
            let handle = self.context.host.blob_write(self.handle, chunk);
            self.handle = handle.map_err(|e| e.explain("write blob"))?;
        }
        Ok(())
    }

    /// Ends the blob.
    pub fn finish(mut self) -> Result<BlobRef> {
        let fail = |e: crate::Errno| e.explain("close blob");
        let rest = std::mem::take(&mut self.gathered);
        self.send(&rest)?;
        if self.handle == 0 {
            self.handle = self.context.host.blob_write(0, &[]).map_err(fail)?;
        }
        let raw = self.context.host.blob_close(self.handle).map_err(fail)?;
        let stored = parse(&raw)?;
        match reference(&object! {"$blob" => stored}) {
            Some(blob) => Ok(BlobRef {
                media_type: Some(self.media_type),
                ..blob
            }),
            None => Err(Error::internal("close blob: the host gave no reference")),
        }
    }
}
