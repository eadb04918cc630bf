//! Columns as wide as their content.

use std::io::{self, Write};

use crate::lang;
use crate::style::{Style, columns, left, right};

/// Rows under titles.
pub(crate) struct Table {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
    right_from: usize,
    indent: usize,
}

impl Table {
    pub(crate) fn new(titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| lang::word(title).to_owned()).collect();
        Self { titles, rows: Vec::new(), right_from: usize::MAX, indent: 0 }
    }

    /// Sets the columns from this one on flush right, as numbers are.
    pub(crate) fn right_from(mut self, column: usize) -> Self {
        self.right_from = column;
        self
    }

    /// Moves the whole table to the right.
    pub(crate) fn indent(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    pub(crate) fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    /// Leaves out the columns in which no row has anything.
    pub(crate) fn without_empty_columns(mut self) -> Self {
        for column in (0..self.titles.len()).rev() {
            if !self.is_empty() && self.rows.iter().all(|row| row.get(column).is_none_or(String::is_empty)) {
                self.titles.remove(column);
                self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
                self.right_from -= usize::from(column < self.right_from && self.right_from != usize::MAX);
            }
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn print(&self, style: Style, out: &mut impl Write) -> io::Result<()> {
        let all = || std::iter::once(&self.titles).chain(&self.rows);
        let width = |column: usize| {
            all().filter_map(|row| row.get(column)).map(|cell| columns(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.titles.len()).map(width).collect();
        if self.titles.iter().any(|title| !title.is_empty()) {
            writeln!(out, "{}", style.dim(&self.line(&self.titles, &widths)))?;
        }
        for row in &self.rows {
            writeln!(out, "{}", self.line(row, &widths))?;
        }
        Ok(())
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = " ".repeat(self.indent);
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            line += if column == 0 { "" } else { "  " };
            line += &if column < self.right_from { left(cell, *width) } else { right(cell, *width) };
        }
        line.trim_end().to_owned()
    }
}
