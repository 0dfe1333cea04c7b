//! Tables as text, by RFC 4180 and what spreadsheets make of it.

use std::collections::BTreeMap;

use drawbridge_sdk::{list, object, record, Action, Context, Error, Result, Text};

record! {
    /// What `csv_parse` takes.
    pub struct Input {
        /// The table as text. At most 8 MiB.
        #[media("text/csv")]
        pub text: Text,
        /// What separates the cells of a row; auto takes what the first row has most of.
        #[default("auto")]
        #[one_of("auto", "comma", "semicolon", "tab", "pipe")]
        pub delimiter: String,
        /// The first row has the names of the columns.
        #[default(true)]
        pub header: bool,
        /// Take white space off both ends of cells that are not in quotes.
        #[default(true)]
        pub trim: bool,
        /// At most so many rows.
        #[default(5000)]
        #[min(1)]
        #[max(50000)]
        pub limit: usize,
    }

    /// What `csv_parse` answers.
    pub struct Output {
        /// An object for each row, by the names of the columns: of the header, or column1 and so on.
        pub rows: Vec<Row>,
        pub columns: Vec<String>,
        /// How many rows are given.
        pub count: usize,
        /// There were more than the limit.
        pub truncated: bool,
        /// The lines on which rows begin that have more or fewer cells than there are columns.
        pub uneven: Vec<usize>,
    }
}

/// A row, by the names of the columns.
pub type Row = BTreeMap<String, String>;

const MOST_COLUMNS: usize = 500;

pub fn action() -> Action {
    Action::new("csv_parse", "Read CSV", parse)
        .description("Reads a table of comma-separated values (or semicolons, tabs, pipes) into objects by the names of its columns.")
        .idempotent()
        .memory_pages(1024)
        .example(
            "an export with quotes",
            object! {"text" => "\u{feff}host,note\r\na.example,\"says \"\"hi\"\", twice\"\r\nb.example,\r\n"},
            object! {
                "columns" => list!["host", "note"],
                "rows" => list![
                    object! {"host" => "a.example", "note" => "says \"hi\", twice"},
                    object! {"host" => "b.example", "note" => ""},
                ],
                "count" => 2, "uneven" => list![], "truncated" => false,
            },
        )
        .example(
            "semicolons without a header",
            object! {"text" => "1; x \n2;y;more\n3", "header" => false},
            object! {
                "columns" => list!["column1", "column2"],
                "rows" => list![
                    object! {"column1" => "1", "column2" => "x"},
                    object! {"column1" => "2", "column2" => "y"},
                    object! {"column1" => "3", "column2" => ""},
                ],
                "uneven" => list![2, 3],
            },
        )
        .fails(
            "quotes without an end",
            object! {"text" => "a,b\n\"c,d\n"},
            Error::bad_input("/text", "line 2: the quotes that open here are never closed"),
        )
}

fn parse(context: &Context, input: Input) -> Result<Output> {
    let text = input.text.text(context, 8 << 20)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = Reader {
        rest: text,
        line: 1,
        delimiter: delimiter(&input.delimiter, text),
        trim: input.trim,
    };
    let mut out = Output {
        rows: Vec::new(),
        columns: Vec::new(),
        count: 0,
        truncated: false,
        uneven: Vec::new(),
    };
    while let Some((line, cells)) = reader.row()? {
        if out.columns.is_empty() {
            out.columns = names(&cells, input.header)?;
            if input.header {
                continue;
            }
        }
        if out.rows.len() == input.limit {
            out.truncated = true;
            break;
        }
        if cells.len() != out.columns.len() {
            out.uneven.push(line);
        }
        let mut cells = cells.into_iter();
        let row = out
            .columns
            .iter()
            .map(|name| (name.clone(), cells.next().unwrap_or_default()));
        out.rows.push(row.collect());
    }
    out.count = out.rows.len();
    Ok(out)
}

/// The names of the columns. One that is empty or stands there already gets its
/// number.
fn names(cells: &[String], header: bool) -> Result<Vec<String>> {
    if cells.len() > MOST_COLUMNS {
        return Err(Error::bad_input(
            "/text",
            format!("has more than {MOST_COLUMNS} columns"),
        ));
    }
    let mut out: Vec<String> = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let mut name = if header { cell.clone() } else { String::new() };
        if name.is_empty() {
            name = format!("column{}", i + 1);
        }
        while out.contains(&name) {
            name = format!("{name}_{}", i + 1);
        }
        out.push(name);
    }
    Ok(out)
}

fn delimiter(name: &str, text: &str) -> char {
    match name {
        "comma" => ',',
        "semicolon" => ';',
        "tab" => '\t',
        "pipe" => '|',
        _ => {
            let first = text.lines().next().unwrap_or("");
            let count = |c: &char| first.matches(*c).count();
            // Of equals the first counts: the usual one.
            [',', ';', '\t', '|']
                .into_iter()
                .rev()
                .max_by_key(count)
                .unwrap_or(',')
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    delimiter: char,
    trim: bool,
}

impl<'a> Reader<'a> {
    /// The next row that is not empty, with the line on which it begins.
    fn row(&mut self) -> Result<Option<(usize, Vec<String>)>> {
        while !self.rest.is_empty() {
            let line = self.line;
            let mut cells = Vec::new();
            while self.cell(&mut cells)? {}
            if cells.len() > 1 || !cells[0].is_empty() {
                return Ok(Some((line, cells)));
            }
        }
        Ok(None)
    }

    /// Reads one cell and says whether its row goes on.
    fn cell(&mut self, cells: &mut Vec<String>) -> Result<bool> {
        let delimiter = self.delimiter;
        let start = if self.trim {
            self.rest
                .trim_start_matches(|c: char| (c == ' ' || c == '\t') && c != delimiter)
        } else {
            self.rest
        };
        let mut cell = String::new();
        let quoted = start.starts_with('"');
        if quoted {
            self.rest = &start[1..];
            self.quoted(&mut cell)?;
        }
        let end = self.rest.find([delimiter, '\n']).unwrap_or(self.rest.len());
        let plain = self.rest[..end].strip_suffix('\r').unwrap_or(&self.rest[..end]);
        // What follows quotes is kept: it is a fault, but not a loss.
        cell.push_str(if self.trim { plain.trim() } else { plain });
        cells.push(cell);
        let next = self.rest[end..].chars().next();
        self.rest = &self.rest[end + next.map_or(0, char::len_utf8)..];
        self.line += usize::from(next == Some('\n'));
        Ok(next == Some(delimiter))
    }

    /// Reads up to the closing quotes; doubled ones stand for one.
    fn quoted(&mut self, cell: &mut String) -> Result<()> {
        let begin = self.line;
        loop {
            let end = match self.rest.find('"') {
                Some(end) => end,
                None => {
                    let message = format!("line {begin}: the quotes that open here are never closed");
                    return Err(Error::bad_input("/text", message));
                }
            };
            let piece = &self.rest[..end];
            cell.push_str(piece);
            self.line += piece.matches('\n').count();
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('"') {
                Some(rest) => {
                    cell.push('"');
                    self.rest = rest;
                }
                None => return Ok(()),
            }
        }
    }
}
