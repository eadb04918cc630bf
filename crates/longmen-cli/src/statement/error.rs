//! [`StatementError`]: which line, which column, what is wrong, what to do.

use std::error::Error;
use std::fmt;

/// Why an export was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatementError {
    /// The line in the file, from 1; `None` when it is about the file as a whole.
    pub(crate) line: Option<usize>,
    /// The column's name in the export, when it is about one cell or one column.
    pub(crate) column: Option<&'static str>,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

impl StatementError {
    pub(super) fn file(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line: None, column: None, what: what.into(), remedy: remedy.into() }
    }

    pub(super) fn line(line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::file(what, remedy) }
    }

    pub(super) fn column(
        line: usize,
        column: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { column: Some(column), ..Self::line(line, what, remedy) }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some(column) = self.column {
                write!(f, ", {column}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl Error for StatementError {}
