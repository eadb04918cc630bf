//! The table inside an export: its header row, its records, its cells, each with its line.

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::DateTime;

use super::{Amount, Currency, StatementError};

/// What stands above the table, and the table.
pub(super) struct Table<'text> {
    /// The lines above the header row; the first is line 1.
    pub(super) above: Vec<&'text str>,
    /// The rows below it, without the blank ones.
    pub(super) records: Vec<Record>,
}

/// One row of the table.
pub(super) struct Record {
    /// The line in the file, from 1.
    pub(super) line: usize,
    cells: Vec<(&'static str, String)>,
}

/// One cell, which knows where it stands.
#[derive(Copy, Clone)]
pub(super) struct Cell<'record> {
    line: usize,
    column: &'static str,
    /// The text without the blanks around it.
    pub(super) text: &'record str,
}

impl<'text> Table<'text> {
    /// Finds the header row, which begins with the first of the columns, and reads what is below it.
    ///
    /// The columns are found by name, so their order and further ones between them do not matter.
    pub(super) fn read(text: &'text str, columns: &[&'static str]) -> Result<Self, StatementError> {
        let first = columns.first().copied().unwrap_or_default();
        let above: Vec<&str> = text.lines().take_while(|line| !line.starts_with(first)).collect();
        // Counted in lines of the file, so that `skip` finds the same place again.
        let below = text.split_inclusive('\n').skip(above.len()).map(str::len).sum::<usize>();
        let table = text.len().checked_sub(below).and_then(|start| text.get(start..)).unwrap_or_default();
        if table.is_empty() {
            return Err(StatementError::file(
                format!("no line begins with {first}, the first column of the table"),
                "import the file as it was exported, with its column names",
            ));
        }

        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
        let mut records = reader.records().map(|record| {
            // `csv` fails on bytes that are not UTF-8 and on I/O, and this is text in memory.
            record.map_err(|error| StatementError::file(error.to_string(), "export the file again"))
        });
        let header = records.next().transpose()?.unwrap_or_default();
        let header_line = above.len() + 1;
        let places = columns
            .iter()
            .map(|column| {
                let place = header.iter().position(|name| name.trim() == *column);
                place.map(|place| (*column, place)).ok_or_else(|| {
                    let remedy = "import the file as it was exported, with all of its columns";
                    StatementError::column(header_line, column, "the column is missing", remedy)
                })
            })
            .collect::<Result<Vec<_>, _>>()?;

        let mut lines = Lines { table, byte: 0, line: header_line };
        let mut kept = Vec::new();
        for record in records {
            let record = record?;
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                kept.push(Record::new(&record, line, &places)?);
            }
        }
        Ok(Self { above, records: kept })
    }
}

/// Turns byte offsets of the table into lines of the file, going forward only.
///
/// The reader counts lines itself, but it puts a record behind a CRLF or a blank line one line too early.
struct Lines<'text> {
    table: &'text str,
    byte: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.table.get(byte..).unwrap_or_default();
        let start = self.table.len() - rest.trim_start_matches(['\r', '\n']).len();
        let passed = self.table.get(self.byte..start).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        self.byte = start;
        self.line
    }
}

impl Record {
    fn new(
        cells: &StringRecord,
        line: usize,
        places: &[(&'static str, usize)],
    ) -> Result<Self, StatementError> {
        let cells = places
            .iter()
            .map(|(column, place)| {
                let text = cells.get(*place).ok_or_else(|| {
                    let what = format!("the row ends after {} cells", cells.len());
                    StatementError::column(line, column, what, "export the file again, the row is cut off")
                })?;
                Ok((*column, text.trim().to_owned()))
            })
            .collect::<Result<Vec<_>, StatementError>>()?;
        Ok(Self { line, cells })
    }

    /// The cell of one of the columns that [`Table::read`] was given; empty for any other.
    pub(super) fn cell(&self, column: &'static str) -> Cell<'_> {
        let text = self.cells.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text.as_str());
        Cell { line: self.line, column, text }
    }

    /// The text of a cell, empty where it is a dash or a slash, the two ways these exports have to say "none".
    pub(super) fn text(&self, column: &'static str) -> String {
        let text = self.cell(column).text;
        let is_none = text == "/" || text.chars().all(|c| c == '-');
        if is_none { String::new() } else { text.to_owned() }
    }
}

impl Cell<'_> {
    /// A refusal that names this cell.
    pub(super) fn refuse(&self, what: impl Into<String>, remedy: impl Into<String>) -> StatementError {
        StatementError::column(self.line, self.column, what, remedy)
    }

    /// The cell as an amount.
    pub(super) fn amount(&self, currency: Currency) -> Result<Amount, StatementError> {
        self.amount_in(self.text, currency)
    }

    /// A part of the cell as an amount: a yuan sign of either width before it and commas between thousands are allowed.
    pub(super) fn amount_in(&self, part: &str, currency: Currency) -> Result<Amount, StatementError> {
        let number = part.strip_prefix(['\u{a5}', '\u{ffe5}']).unwrap_or(part);
        let number = without_commas(number).ok_or_else(|| {
            self.refuse(
                format!("{part:?} has a comma in the wrong place"),
                "correct it from the original export",
            )
        })?;
        Amount::parse(&number, &currency)
            .map_err(|error| self.refuse(format!("{part:?}: {error}"), "correct it from the original export"))
    }

    /// The cell as a signed number of minor units.
    pub(super) fn minor(&self, currency: Currency) -> Result<i128, StatementError> {
        let (sign, number) = match self.text.strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, self.text),
        };
        Ok(sign * i128::from(self.amount_in(number, currency)?.minor()))
    }

    /// The cell as a date and a time, `2024-12-30 17:16:02`.
    pub(super) fn time(&self) -> Result<DateTime, StatementError> {
        self.time_in(self.text)
    }

    /// A text as a date and a time, on account of this cell.
    pub(super) fn time_in(&self, text: &str) -> Result<DateTime, StatementError> {
        DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_err(|_| {
            self.refuse(format!("{text:?} is not a time"), "times are written like 2024-12-30 17:16:02")
        })
    }
}

/// Takes the commas out of `3,240.28`; `None` when they do not part groups of three.
fn without_commas(number: &str) -> Option<String> {
    let whole = number.split('.').next().unwrap_or(number);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains(',');
    let fits = !grouped || ((1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3));
    let fraction_clean = !number.get(whole.len()..).unwrap_or_default().contains(',');
    (fits && fraction_clean).then(|| number.replace(',', ""))
}
