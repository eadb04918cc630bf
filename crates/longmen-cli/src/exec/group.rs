//! From lines to submissions: a linked line waits for the rest of its group.

use longmen::{Action, Currency, Ledger, Receipt, Ticket, Wish, wallet::Command};

use crate::jsonl::{GROUP_INVALID, GROUP_TOO_LARGE, Invalid, own};

/// A line that is a command, and what is needed to tell its answer.
pub(super) struct Asked {
    pub(super) line: u64,
    pub(super) key: String,
    /// For a move, the currency of what it moved.
    pub(super) currency: Option<Currency>,
}

/// Lines on their way to their answers.
pub(super) enum Pending {
    One(Asked, Ticket<Receipt>),
    Group(Vec<Asked>, Ticket<Vec<Receipt>>),
    Invalid { line: u64, invalid: Invalid },
}

/// Why the rest of a run of linked lines is not submitted either.
#[derive(Clone, Copy)]
enum Broken {
    /// The line with this number is no command.
    By(u64),
    /// One batch could not hold it.
    TooLarge,
}

/// Submits lines one by one, and linked ones together with what they are linked to.
pub(super) struct Groups<'a> {
    ledger: &'a Ledger,
    open: Vec<(Asked, Command)>,
    /// The most bytes that the open commands may need.
    bytes: usize,
    broken: Option<Broken>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, open: Vec::new(), bytes: 0, broken: None }
    }

    /// Takes the next line; gives back what can be answered now, in the order of the lines.
    pub(super) fn take(&mut self, line: u64, parsed: Result<Command, Invalid>) -> Vec<Pending> {
        match parsed {
            Ok(command) => self.command(line, command),
            Err(invalid) => self.invalid(line, invalid),
        }
    }

    /// Submits what was still waiting for its group's end, so that the ledger says what is wrong with it.
    pub(super) fn end(&mut self) -> Option<Pending> {
        (!self.open.is_empty()).then(|| self.submit())
    }

    fn command(&mut self, line: u64, command: Command) -> Vec<Pending> {
        let asked = Asked { line, key: command.key.to_string(), currency: currency(&command) };
        let linked = command.linked;
        if let Some(broken) = self.broken {
            self.broken = linked.then_some(broken);
            return vec![fell(asked, broken)];
        }
        if !linked && self.open.is_empty() {
            return vec![Pending::One(asked, self.ledger.submit(command))];
        }
        self.bytes += Ledger::command_bytes_max(&command);
        self.open.push((asked, command));
        if self.bytes > self.ledger.slice_bytes_max() {
            self.broken = linked.then_some(Broken::TooLarge);
            return self.give_up(Broken::TooLarge);
        }
        if linked { Vec::new() } else { vec![self.submit()] }
    }

    fn invalid(&mut self, line: u64, invalid: Invalid) -> Vec<Pending> {
        let in_a_group = !self.open.is_empty() || self.broken.is_some();
        // Where the link cannot be read the group goes on: to end it there could carry out a part of it.
        let linked = invalid.linked.unwrap_or(in_a_group);
        let mut answers = self.give_up(Broken::By(line));
        self.broken = linked.then(|| self.broken.unwrap_or(Broken::By(line)));
        answers.push(Pending::Invalid { line, invalid });
        answers
    }

    fn submit(&mut self) -> Pending {
        self.bytes = 0;
        let (asked, commands) = std::mem::take(&mut self.open).into_iter().unzip();
        Pending::Group(asked, self.ledger.submit_all(commands))
    }

    /// The answers of the open lines, which are not submitted.
    fn give_up(&mut self, broken: Broken) -> Vec<Pending> {
        self.bytes = 0;
        std::mem::take(&mut self.open).into_iter().map(|(asked, _)| fell(asked, broken)).collect()
    }
}

/// What a move moves, a number of minor units, is in the currency of its command.
fn currency(command: &Command) -> Option<Currency> {
    match &command.action {
        Wish::Ledger(Action::Move(wanted)) => Some(wanted.currency),
        _ => None,
    }
}

/// The answer of a right line whose group was not submitted.
fn fell(asked: Asked, broken: Broken) -> Pending {
    let invalid = match broken {
        Broken::By(line) => own(
            GROUP_INVALID,
            format!(
                "line {line} of its group is no command, so nothing of the group was submitted; correct it"
            ),
        ),
        Broken::TooLarge => own(
            GROUP_TOO_LARGE,
            "the group is larger than one batch can be, so nothing of it was submitted; make smaller groups"
                .to_owned(),
        ),
    };
    Pending::Invalid { line: asked.line, invalid: Invalid { key: Some(asked.key), ..invalid } }
}
