/// Declares what an action takes or answers. The schema, the decoding with its
/// checks and the encoding are made from it; doc comments become descriptions.
///
/// ```
/// drawbridge_sdk::record! {
///     /// What `lookup` takes.
///     pub struct LookupInput {
///         /// The host to look up.
///         #[format("hostname")]
///         pub host: String,
///         /// Also look at the parents.
///         #[default(false)]
///         pub deep: bool,
///         /// Which kinds are wanted.
///         #[one_of("a", "aaaa", "mx")]
///         pub kinds: Vec<String>,
///         /// A comment for the log.
///         pub note: Option<String>,
///     }
/// }
/// ```
///
/// A field `dry_run` is `dryRun` in JSON. A field is required unless its type is
/// an `Option` or it has a default; an absent one and `null` are the same. Before
/// a field may stand:
///
/// | attribute | |
/// |---|---|
/// | `#[default(10)]` | used when the field is absent |
/// | `#[one_of("a", "b")]` | the only texts allowed, of a list its items |
/// | `#[min(1)]`, `#[max(10)]` | bounds of a number |
/// | `#[name("URL")]` | another name in JSON |
/// | `#[title("…")]` | a label, where the name does not do |
/// | `#[format("uri")]` | a JSON Schema format |
/// | `#[media("text/plain")]` | contentMediaType of a `Text` or `Blob` |
/// | `#[options("boards value=id label=name project={{project}}")]` | the action that lists the values, the fields of its items, its input |
/// | `#[example("…")]` | one value, as an example |
///
/// Attributes of the struct, such as `#[derive(Debug)]`, are kept.
#[macro_export]
macro_rules! record {
    ($(
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$($meta:tt)*])* $fvis:vis $field:ident : $type:ty ),* $(,)?
        }
    )*) => {$(
        $(#[$attribute])*
        #[allow(missing_docs)]
        $vis struct $name {
            $($fvis $field: $type,)*
        }

        impl $name {
            const FIELDS: &'static [$crate::Field] = &[$({
                let field = $crate::Field::new(
                    stringify!($field),
                    <$type as $crate::FromJson>::OPTIONAL,
                );
                $(let field = $crate::__attribute!(field, $($meta)*);)*
                field
            }),*];
        }

        impl $crate::FromJson for $name {
            #[allow(unused_mut, unused_variables)]
            fn from_json(value: $crate::json::Value, d: &mut $crate::Decoder) -> Option<Self> {
                let mut given = d.object(value)?;
                let mut fields = Self::FIELDS.iter();
                $(let $field: Option<$type> = d.member(fields.next()?, &mut given);)*
                d.unknown(given);
                Some($name { $($field: $field?,)* })
            }

            fn schema(input: bool) -> $crate::json::Value {
                let types: Vec<fn(bool) -> $crate::json::Value> =
                    vec![$(<$type as $crate::FromJson>::schema),*];
                $crate::__record_schema(Self::FIELDS, &types, input)
            }
        }

        impl $crate::ToJson for $name {
            #[allow(unused_mut, unused_variables)]
            fn to_json(&self, out: &mut Vec<u8>) {
                let mut names = Self::FIELDS.iter();
                out.push(b'{');
                $(if let Some(field) = names.next() {
                    $crate::__write_member(field.key(), &self.$field, out);
                })*
                out.push(b'}');
            }
        }
    )*};
}

/// Reads one attribute of a record's field.
#[doc(hidden)]
#[macro_export]
macro_rules! __attribute {
    ($f:ident, doc = $text:expr) => {
        $f.doc($text)
    };
    ($f:ident, default($value:expr)) => {
        $f.default(|| $crate::json::Value::from($value))
    };
    ($f:ident, example($value:expr)) => {
        $f.example(|| $crate::json::Value::from($value))
    };
    ($f:ident, one_of($($text:expr),+ $(,)?)) => {
        $f.one_of(&[$($text),+])
    };
    ($f:ident, min($value:expr)) => {
        $f.min(Some(($value as f64, || $crate::json::Value::from($value))))
    };
    ($f:ident, max($value:expr)) => {
        $f.max(Some(($value as f64, || $crate::json::Value::from($value))))
    };
    ($f:ident, name($text:expr)) => {
        $f.name($text)
    };
    ($f:ident, title($text:expr)) => {
        $f.title($text)
    };
    ($f:ident, format($text:expr)) => {
        $f.format($text)
    };
    ($f:ident, options($text:expr)) => {
        $f.options($text)
    };
    ($f:ident, media($text:expr)) => {
        $f.media($text)
    };
    ($f:ident, $other:ident $($rest:tt)*) => {
        compile_error!(concat!("record!: a field has no attribute ", stringify!($other)))
    };
}
