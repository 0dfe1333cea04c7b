//! Lists that come as text, one entry a line.

use std::collections::BTreeSet;

use drawbridge_sdk::{list, object, record, Action, Context, Result, Text};

record! {
    /// What `lines` takes.
    pub struct Input {
        /// The text. At most 8 MiB.
        #[media("text/plain")]
        pub text: Text,
        /// What separates entries; without it the ends of lines do.
        #[example(",")]
        pub separator: Option<String>,
        /// Take white space off both ends of an entry.
        #[default(true)]
        pub trim: bool,
        /// Leave out entries that are empty.
        #[default(true)]
        pub skip_empty: bool,
        /// Leave out entries that begin so, as comments in block lists do.
        #[example("#")]
        pub comment: Option<String>,
        /// Give each entry once, where it stands first.
        #[default(false)]
        pub unique: bool,
        /// Compare without regard to capitals, and give small letters.
        #[default(false)]
        pub lower: bool,
        /// At most so many entries.
        #[default(10000)]
        #[min(1)]
        #[max(100000)]
        pub limit: usize,
    }

    /// What `lines` answers.
    pub struct Output {
        pub lines: Vec<String>,
        /// How many lines are given.
        pub count: usize,
        /// How many were left out as empty or as comments.
        pub skipped: usize,
        /// How many were left out because they stood there already.
        pub repeated: usize,
        /// There were more than the limit.
        pub truncated: bool,
    }
}

pub fn action() -> Action {
    Action::new("lines", "Split lines", lines)
        .description("Splits a text into lines or by a separator, takes off white space, and leaves out empty entries, comments and repetitions.")
        .idempotent()
        .memory_pages(512)
        .example(
            "a block list",
            object! {"text" => "# bad hosts\r\nevil.example\n\n  EVIL.example \nworse.example\n", "comment" => "#", "unique" => true, "lower" => true},
            object! {"lines" => list!["evil.example", "worse.example"], "count" => 2, "skipped" => 2, "repeated" => 1, "truncated" => false},
        )
        .example(
            "by a separator",
            object! {"text" => "a, b,,c", "separator" => ","},
            object! {"lines" => list!["a", "b", "c"]},
        )
        .example(
            "as they are",
            object! {"text" => " a\n\nb", "trim" => false, "skipEmpty" => false, "limit" => 2},
            object! {"lines" => list![" a", ""], "truncated" => true},
        )
}

fn lines(context: &Context, input: Input) -> Result<Output> {
    let text = input.text.text(context, 8 << 20)?;
    let mut out = Output {
        lines: Vec::new(),
        count: 0,
        skipped: 0,
        repeated: 0,
        truncated: false,
    };
    let separator = input.separator.as_deref().filter(|s| !s.is_empty());
    let entries: Box<dyn Iterator<Item = &str>> = match separator {
        Some(separator) => Box::new(text.split(separator)),
        None => Box::new(text.lines()),
    };
    let mut seen = BTreeSet::new();
    for entry in entries {
        let entry = if input.trim { entry.trim() } else { entry };
        let comment = input.comment.as_deref().filter(|c| !c.is_empty());
        if (input.skip_empty && entry.is_empty()) || comment.map_or(false, |c| entry.starts_with(c)) {
            out.skipped += 1;
            continue;
        }
        let entry = if input.lower {
            entry.to_lowercase()
        } else {
            entry.to_owned()
        };
        if input.unique && seen.contains(&entry) {
            out.repeated += 1;
            continue;
        }
        if out.lines.len() == input.limit {
            out.truncated = true;
            break;
        }
        if input.unique {
            seen.insert(entry.clone());
        }
        out.lines.push(entry);
    }
    out.count = out.lines.len();
    Ok(out)
}
