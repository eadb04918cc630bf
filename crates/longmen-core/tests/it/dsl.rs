//! The language of the tables: a step a line, with what becomes of it after `->` (nothing there means `ok`).
//! A remark follows a ` #`.
//!
//! ```text
//! at 60                                        the journal time from here on
//! given deep CNY liability limit 5 D 9.00 C 0  an account with counters from a snapshot; `full-1` is 2^126 - 1 - 0.01;
//!                                              `held 1.00` may follow
//! crowd 3 a CNY liability none                 opens a0, a1 and a2
//! open alice CNY liability none                an account; `limit 50.00`, `unlimited`; then `hidden`, `managed`, `code 2010.cust`,
//!                                              `about owner=7`, and `key k` where the key matters
//! change k alice close                         or `reopen`, `hide`, `show`, `overdraft limit 5.00`, `freeze both`,
//!                                              `details code 2010 about owner=8`
//! xfer k1 bank alice 100.00 CNY                a group of two legs; `memo` takes the rest of the line
//! post k2 D bank 1.00 CNY C alice 1.00 CNY     a group of any legs
//! spread k3 254 bank alice                     as many legs: one debit and credits of 0.01
//! move k upto:alice shop 9.00 CNY at_least 1.00   see `verbs::party` for the sides
//! reverse k k1                                 the mirror of k1
//! hold h1 alice shop 100.00 CNY for 60         a hold, with a life or for ever; `closes debit`
//! increment i1 h1 by 5.00                      or `to 105.00`
//! capture k4 h1 60.00 final to shop 59.00 fee 1.00   in CNY, unless `USD` follows the amount
//! split k5 h1 253 shop                         a capture in as many portions of 0.01
//! release k6 h1 40.00                          without an amount all that remains
//! set k family                                 `join k family alice`, `leave k family set:kids`
//! limit k daily alice CNY out amount 5.00 every 100 from 20 exempt kind=salary   `drop k daily`
//! seal k 19000                                 `erase k subject`
//! product p1 | xfer - bank alice 1.00 CNY | hold - alice bob 1.00 CNY forced   a compound entry of steps, each with a
//!                                              key that does not count; what is said of it comes before the first
//! linked xfer k7 bank alice 1.00 CNY           of one group with the next line; `end` ends one that is left open
//! expire                                       the writer's own step; names the hold that it ended, or `none`
//! ```
//!
//! Of any command may be said: `forced`, `if available alice at_least 1.00`, `on 19000` (its day), `happened 5`,
//! `meta kind=salary`, `secret subject 32` (so many bytes).
//! The questions are in `asks`.
//!
//! Every refusal is applied as well and must leave the books as they were; so must deciding.
//! A single command is decided as a group of one too.
//! After each line the books must be those that a snapshot of them gives, down to the last index.

use std::collections::BTreeMap;

use longmen_core::{
    AccountRow, Action, Books, Command, Decision, Detail, Digest, Entry, Event, GroupDecision, GroupMember,
    Key, Known, Memo, Obstacles, Original, Prior, Reason, Refusal, Side, fell_with,
};
use longmen_money::Currency;

use crate::digest;
use crate::verbs::command;
use crate::words::{Stop, Words};

/// Runs a table and panics on the first line that tells another story.
#[track_caller]
pub(crate) fn check(table: &str) {
    world_after(table);
}

/// The same, and gives what the table leaves behind.
#[track_caller]
pub(crate) fn world_after(table: &str) -> World {
    let mut world = World::default();
    let mut open = Vec::new();
    for (at, line) in table.lines().map(str::trim).enumerate() {
        if line.is_empty() {
            continue;
        }
        let rule = line.split(" #").next().unwrap_or(line);
        let (step, want) =
            rule.split_once("->").map_or((rule.trim(), "ok"), |(step, want)| (step.trim(), want.trim()));
        if step != "end" {
            open.push((at + 1, line, want));
        }
        let answers = match world.step(step) {
            Ok(answers) => answers,
            Err(why) => panic!("line {}: {line}\n  cannot be read: {why}", at + 1),
        };
        if world.group.is_empty() {
            assert_eq!(answers.len(), open.len(), "line {}: {line}", at + 1);
            for (got, (at, line, want)) in answers.into_iter().zip(std::mem::take(&mut open)) {
                assert!(got == want, "line {at}: {line}\n  want: {want}\n   got: {got}");
            }
        }
        if let Err(law) = world.check_books() {
            panic!("line {}: {line}\n  {law}", at + 1);
        }
    }
    assert!(world.group.is_empty(), "the last group is not ended");
    world
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) books: Books,
    pub(crate) now_ns: u64,
    pub(crate) entries: Vec<Entry>,
    pub(crate) prior: BTreeMap<Key, Prior>,
    group: Vec<Command>,
    from_snapshot: bool,
}

/// Everything in the books, indexes included; the order in which hash tables list their rows does not count.
fn fingerprint(books: &Books) -> String {
    ["accounts_by_id: {", "holds_by_key: {"].iter().fold(format!("{books:?}"), |text, table| {
        let (before, rest) = text.split_once(table).unwrap();
        let (rows, after) = rest.split_once('}').unwrap();
        let mut rows: Vec<_> = rows.split(", ").collect();
        rows.sort_unstable();
        format!("{before}{table}{}}}{after}", rows.join(", "))
    })
}

impl World {
    /// Carries out one line: the answers of the lines that wait for one, none where it is linked to the next.
    fn step(&mut self, step: &str) -> Result<Vec<String>, String> {
        let (step, memo) = step.split_once(" memo ").unwrap_or((step, ""));
        let mut words = Words::of(step);
        let is_linked = words.take("linked");
        let done = self.one(&mut words, memo, is_linked);
        match done {
            Ok(_) if words.peek().is_some() => Err("words are left over".into()),
            Ok(got) => Ok(got),
            Err(Stop::Refused(refusal)) => Ok(vec![self.shown(refusal)]),
            Err(Stop::Unread(why)) => Err(why),
        }
    }

    fn one(&mut self, words: &mut Words<'_>, memo: &str, is_linked: bool) -> Result<Vec<String>, Stop> {
        let verb = words.next()?;
        let answer = match verb {
            "at" => {
                self.now_ns = words.number()?;
                "ok".into()
            }
            "given" => self.restore(words)?,
            "crowd" => self.crowd(words)?,
            "expire" => self.expire(),
            "product" => self.compound(words)?,
            "end" => return Ok(self.decide_open()),
            _ => match self.answer(verb, words)? {
                Some(answer) => answer,
                None => {
                    let command = command(verb, words)?.with_memo(Memo::new(memo)?);
                    self.group.push(if is_linked { command.linked() } else { command });
                    return Ok(if is_linked { Vec::new() } else { self.decide_open() });
                }
            },
        };
        Ok(vec![answer])
    }

    /// Puts an account into the books as a snapshot would.
    fn restore(&mut self, words: &mut Words<'_>) -> Result<String, Stop> {
        let (id, currency, class) = (words.account()?, words.currency()?, words.class()?);
        let overdraft = words.overdraft()?;
        let mut counters = [0; 4];
        for mark in ["D", "C"] {
            if words.next()? != mark {
                return Err(Stop::Unread(format!("{mark} is missing")));
            }
            counters[usize::from(mark == "C")] = words.counter()?;
        }
        if words.take("held") {
            counters[if class.normal_side() == Side::Debit { 3 } else { 2 }] = words.counter()?;
        }
        let row =
            AccountRow { id, currency, class, overdraft, access: Default::default(), version: 0, counters };
        let mut parts = self.books.parts();
        parts.accounts.push((row, Default::default()));
        self.books = Books::restore(parts);
        self.from_snapshot = true;
        Ok("ok".into())
    }

    fn crowd(&mut self, words: &mut Words<'_>) -> Result<String, Stop> {
        let (count, stem): (usize, _) = (words.number()?, words.next()?);
        let rest: Vec<_> = std::iter::from_fn(|| words.next().ok()).collect();
        for n in 0..count {
            let command = command("open", &mut Words::of(&format!("{stem}{n} {}", rest.join(" "))))?;
            let Decision::Entry(entry) =
                self.books.decide(command, Default::default(), &Known::default(), self.now_ns)
            else {
                return Err(Stop::Unread("a crowd is of new accounts".into()));
            };
            self.apply(&entry, self.now_ns);
        }
        Ok("ok".into())
    }

    fn expire(&mut self) -> String {
        let Some(entry) = self.books.decide_expiry(self.now_ns) else { return "none".into() };
        self.apply(&entry, self.now_ns);
        assert_eq!((entry.key, entry.linked, entry.forced), (None, false, false));
        match entry.event {
            Event::HoldExpired { hold } => self.books.hold_at(hold).unwrap().key.to_string(),
            other => format!("{other:?}"),
        }
    }

    /// Decides a compound entry and folds it in. What is refused leaves no entry here: that is the products' business.
    fn compound(&mut self, words: &mut Words<'_>) -> Result<String, Stop> {
        let wanted = crate::verbs::compound(words)?;
        let (digest, before) = (Digest([9; 16]), fingerprint(&self.books));
        let steps = wanted.action.len();
        let decided = self.books.decide_compound(wanted.clone(), digest, self.position(), self.now_ns);
        assert_eq!(fingerprint(&self.books), before, "deciding changed the books");
        let entry = match decided {
            Ok(entry) => entry,
            Err(refusal) => return Ok(self.shown(refusal)),
        };
        let head = (entry.key, entry.digest, entry.effective, &entry.memo, entry.linked);
        assert_eq!(head, (Some(wanted.key), digest, wanted.effective, &wanted.memo, false), "{entry:?}");
        assert_eq!(entry.forced, wanted.action.iter().any(|step| step.force), "{entry:?}");
        assert_eq!(entry.extras, wanted.extras.filter(|extras| !extras.is_empty()));
        let Event::Compound(parts) = &entry.event else { return Ok(format!("{:?}", entry.event)) };
        assert_eq!((parts.len(), entry.parts().count()), (steps, steps));
        let prior = Prior { digest, position: self.position(), refused: false };
        self.prior.insert(wanted.key, prior);
        self.apply(&entry, self.now_ns);
        Ok("ok".into())
    }

    /// What the journal says about a command.
    fn known(&self, command: &Command) -> Known {
        let original = match command.action {
            Action::Reverse(key) => self.prior.get(&key).map(|prior| prior.position),
            _ => None,
        };
        let entry = |at: u64| Box::new(self.entries[usize::try_from(at).unwrap()].clone());
        let original = original.map(|position| Original { position, entry: entry(position) });
        Known { prior: self.prior.get(&command.key).copied(), original }
    }

    pub(crate) fn position(&self) -> u64 {
        self.entries.len().try_into().unwrap()
    }

    /// Decides the group that has come together, which may be one command.
    fn decide_open(&mut self) -> Vec<String> {
        let commands = std::mem::take(&mut self.group);
        let members: Vec<GroupMember> =
            commands.iter().map(|command| (command.clone(), digest(command), self.known(command))).collect();
        let before = fingerprint(&self.books);
        let alone = match members.as_slice() {
            [(command, digest, known)] => {
                let alone = self.books.decide(command.clone(), *digest, known, self.now_ns);
                Some(as_group(alone, known.prior))
            }
            _ => None,
        };
        // At the last moment of the clock there is no next one for a group.
        let decision = match alone {
            Some(alone) if self.now_ns == u64::MAX => alone,
            alone => {
                let decision = self.books.decide_group(members, self.position(), self.now_ns);
                assert!(alone.is_none_or(|alone| alone == decision), "a group of one gives {decision:?}");
                decision
            }
        };
        assert_eq!(fingerprint(&self.books), before, "deciding changed the books");
        match decision {
            GroupDecision::Entries(entries) => {
                assert_eq!(entries.len(), commands.len());
                let times = (0..).map(|at| self.now_ns.saturating_add(at));
                let rows: Vec<_> = times.zip(commands.iter().zip(&entries)).collect();
                rows.iter().map(|(time_ns, (command, entry))| self.fold(command, entry, *time_ns)).collect()
            }
            GroupDecision::Replay(positions) => positions.iter().map(|at| format!("replay {at}")).collect(),
            GroupDecision::Fell { culprit, decision } => self.fell(&commands, culprit, *decision),
        }
    }

    /// What the commands of a group are told because one of them was refused.
    fn fell(&mut self, commands: &[Command], culprit: usize, decision: Decision) -> Vec<String> {
        let told = match decision {
            Decision::Entry(entry) => self.fold(&commands[culprit], &entry, self.now_ns),
            Decision::Replay(position) => format!("replay {position}"),
            Decision::Refuse(refusal) => {
                let mark = if refusal.reason.is_journaled() { "unjournaled " } else { "" };
                format!("{mark}{}", self.shown(refusal))
            }
        };
        let fell = self.shown(fell_with(culprit));
        (0..commands.len()).map(|at| if at == culprit { &told } else { &fell }.clone()).collect()
    }

    /// Folds in what was decided, and says what became of the command.
    fn fold(&mut self, command: &Command, entry: &Entry, time_ns: u64) -> String {
        let head = (entry.key, entry.digest, entry.effective);
        let digest = digest(command);
        assert_eq!(head, (Some(command.key), digest, command.effective), "the head of {entry:?}");
        let refused = matches!(entry.event, Event::Refused { .. });
        self.prior.insert(command.key, Prior { digest, position: self.position(), refused });
        let before = fingerprint(&self.books);
        self.apply(entry, time_ns);
        match entry.event {
            Event::Refused { action, refusal } => {
                assert_eq!(fingerprint(&self.books), before, "a refusal changed the books");
                assert_eq!((action, entry.postings.len()), (command.action.kind(), 0));
                assert!(entry.memo.is_empty() && refusal.reason.code() >= 300, "{entry:?}");
                assert_eq!((entry.linked, entry.forced, &entry.extras), (false, false, &None));
                self.shown(refusal)
            }
            ref event => {
                let head = (&entry.memo, entry.linked, entry.forced);
                assert_eq!(head, (&command.memo, command.linked, command.force), "{entry:?}");
                assert_eq!(entry.extras, command.extras.clone().filter(|extras| !extras.is_empty()));
                match event {
                    Event::Moved { amount } => format!("moved {}", amount.to_money(Currency::CNY).plain()),
                    _ => "ok".into(),
                }
            }
        }
    }

    fn apply(&mut self, entry: &Entry, time_ns: u64) {
        self.books.apply(self.position(), time_ns, entry).expect("what was decided applies");
        self.entries.push(entry.clone());
    }

    /// What a snapshot of the books gives is the books again, and the laws hold where no counters were made up.
    fn check_books(&self) -> Result<(), String> {
        let again = Books::restore(self.books.parts());
        if again != self.books || fingerprint(&again) != fingerprint(&self.books) {
            return Err(format!("a snapshot gives other books: {again:#?} instead of {:#?}", self.books));
        }
        if self.from_snapshot {
            return Ok(());
        }
        crate::laws::check_sums(&self.books)?;
        crate::laws::check_holds(&self.books)
    }

    /// A refusal as the tables write it.
    fn shown(&self, refusal: Refusal) -> String {
        let mut text = refusal.reason.name().to_owned();
        if let Some(leg) = refusal.leg {
            let what = if refusal.reason == Reason::ConditionFailed { "condition" } else { "leg" };
            text += &format!(" {what} {leg}");
        }
        if !refusal.short_by.is_zero() {
            text += &format!(" short {}", refusal.short_by.to_money(Currency::CNY).plain());
        }
        text += &match refusal.detail {
            Detail::None => String::new(),
            Detail::Limit(no) => {
                let limit = self.books.limit_at(no);
                format!(
                    " by {}",
                    limit.map_or("a limit that is not there".into(), |state| state.limit.id.to_string())
                )
            }
            Detail::Obstacles(Obstacles { posted: true, holds: true }) => " posted holds".into(),
            Detail::Obstacles(Obstacles { posted: true, .. }) => " posted".into(),
            Detail::Obstacles(_) => " holds".into(),
            Detail::Culprit(at) => format!(" by {at}"),
            Detail::Thing(_) | Detail::Phase(..) | Detail::Open(_) => {
                unreachable!("the ledger says nothing of products")
            }
        };
        assert!(refusal.to_string().starts_with(refusal.reason.name()), "{refusal}");
        assert_eq!(refusal.reason.is_journaled(), refusal.reason >= Reason::AccountExists);
        text
    }
}

/// What deciding a command as a group of one must give.
fn as_group(decision: Decision, prior: Option<Prior>) -> GroupDecision {
    let is_refused = match &decision {
        Decision::Entry(entry) => matches!(entry.event, Event::Refused { .. }),
        Decision::Replay(_) => prior.unwrap().refused,
        Decision::Refuse(_) => true,
    };
    match decision {
        Decision::Entry(entry) if !is_refused => GroupDecision::Entries(vec![entry]),
        Decision::Replay(position) if !is_refused => GroupDecision::Replay(vec![position]),
        decision => GroupDecision::Fell { culprit: 0, decision: Box::new(decision) },
    }
}
