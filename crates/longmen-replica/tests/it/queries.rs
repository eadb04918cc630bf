//! Every kind of question, against the plainest computation over the entries and over states replayed to the position.

use std::collections::BTreeSet;

use longmen_core::{Account, AccountId, Code, Effect, EffectiveDate, HoldState, SetId, Side, Totals};
use longmen_engine::Content;
use longmen_money::{Amount, Currency, Sum};
use longmen_replica::{
    ActivityQuestion, Edge, Error, Filter, Line, LineKind, Of, Order, Paging, Period, StatementQuestion, Want,
};

use crate::world::{Told, World};

fn at<T>(
    world: &World,
    position: u64,
    look: impl FnOnce(&longmen_replica::View<'_>) -> Result<T, Error>,
) -> T {
    world.replica.read(Want::Exactly(position), look).unwrap().value
}

#[test]
fn balances_at_a_position_are_those_of_a_replay_to_it() {
    let world = World::new(1, 400);
    for position in world.positions(9) {
        let then = world.state_at(position);
        let ids: Vec<AccountId> = then.books().accounts().iter().map(|own| *own.id()).collect();
        let balances = at(&world, position, |view| view.balances(&ids));
        for (own, want) in balances.iter().zip(then.books().accounts()) {
            assert_eq!((own.account, own.balance), (*want.id(), want.balance()), "at {position}");
        }
    }
}

#[test]
fn on_a_day_counts_what_is_dated_so_however_late_it_came() {
    let world = World::new(2, 500);
    let lines = world.lines();
    let shifted =
        lines.iter().filter(|told| told.line.effective != EffectiveDate::of_time(told.line.time_ns));
    assert!(shifted.count() > 20, "the workload dates too little");
    let mut days: BTreeSet<EffectiveDate> = lines.iter().map(|told| told.line.effective).collect();
    let journaled: Vec<_> = lines.iter().map(|told| EffectiveDate::of_time(told.line.time_ns)).collect();
    days.extend(journaled.iter().step_by(50));
    days.extend([-719_162, 0, 2_932_896].into_iter().filter_map(EffectiveDate::from_days));
    for position in world.positions(4) {
        let then = world.state_at(position);
        for account in then.books().accounts() {
            for day in days.iter().step_by(7) {
                let counts = |told: &&Told| {
                    let line = &told.line;
                    line.account == *account.id()
                        && line.position <= position
                        && line.effect == Effect::Post
                        && line.effective <= *day
                };
                let sum = |side: Side| -> i128 {
                    let own = lines.iter().filter(counts).filter(|told| told.line.side == side);
                    own.map(|told| i128::from(told.line.amount.amount.minor())).sum()
                };
                let own = at(&world, position, |view| view.balance_effective(account.id(), *day));
                let sides = (own.debits.minor(), own.credits.minor());
                assert_eq!(sides, (sum(Side::Debit), sum(Side::Credit)), "{} {day} {position}", account.id());
                let grown = account.class().normal_side();
                assert_eq!(own.posted.minor(), sum(grown) - sum(grown.opposite()));
            }
        }
    }
}

/// The lines of one account that a question is about, in the order of the journal.
fn wanted<'a>(lines: &'a [Told], question: &StatementQuestion, position: u64) -> Vec<&'a Line> {
    let day = |line: &Line| EffectiveDate::of_time(line.time_ns);
    let is_in = |line: &Line| {
        line.position <= position
            && match question.period.from {
                None => true,
                Some(Edge::Position(from)) => line.position >= from,
                Some(Edge::Time(from)) => line.time_ns >= from,
                Some(Edge::Day(from)) => day(line) >= from,
            }
            && match question.period.through {
                None => true,
                Some(Edge::Position(through)) => line.position <= through,
                Some(Edge::Time(through)) => line.time_ns <= through,
                Some(Edge::Day(through)) => day(line) <= through,
            }
    };
    let own = lines.iter().map(|told| &told.line).filter(|line| line.account == question.account);
    own.filter(|line| is_in(line)).collect()
}

#[test]
fn statements_lead_from_the_opening_to_the_closing_balance() {
    let world = World::new(3, 500);
    let lines = world.lines();
    let stamp = |position: u64| world.entries[usize::try_from(position).unwrap()].stamp;
    let last = world.last();
    let (early, late) = (stamp(last / 3), stamp(last * 2 / 3));
    let day = EffectiveDate::of_time;
    let periods = [
        (None, None),
        (Some(Edge::Position(early.position)), Some(Edge::Position(late.position))),
        (Some(Edge::Position(late.position)), Some(Edge::Position(late.position))),
        (Some(Edge::Time(early.time_ns)), Some(Edge::Time(late.time_ns))),
        (Some(Edge::Time(early.time_ns + 1)), Some(Edge::Time(late.time_ns - 1))),
        (Some(Edge::Day(day(early.time_ns))), Some(Edge::Day(day(late.time_ns)))),
        (Some(Edge::Day(day(late.time_ns))), None),
        (None, Some(Edge::Day(day(early.time_ns)))),
        (Some(Edge::Time(0)), Some(Edge::Time(5))),
        (Some(Edge::Time(u64::MAX)), Some(Edge::Time(u64::MAX))),
        (Some(Edge::Position(early.position)), Some(Edge::Day(day(late.time_ns)))),
    ];
    let accounts: Vec<Account> = world.state_at(last).books().accounts().to_vec();
    let mut compared = 0;
    for position in [last, last - 1, late.position] {
        let then = world.state_at(position);
        let open = accounts.iter().filter(|own| then.books().account(own.id()).is_some());
        for (n, account) in open.enumerate() {
            for (from, through) in periods {
                for (order, posted_only) in
                    [(Order::OldestFirst, false), (Order::NewestFirst, false), (Order::NewestFirst, true)]
                {
                    let mut question = StatementQuestion::of(*account.id());
                    question.period = Period { from, through };
                    (question.order, question.posted_only) = (order, posted_only);
                    question.paging.size = [1_000, 1, 7][n % 3];
                    let all = wanted(&lines, &question, position);
                    let nothing = account.balance_with([0; 4]);
                    let before: Vec<_> = all.first().map_or(Vec::new(), |first| {
                        let own = lines.iter().filter(|told| told.line.account == *account.id());
                        own.take_while(|told| told.line != **first).collect()
                    });
                    let opening = before.last().map_or(nothing, |told| told.line.balance);
                    let mut shown = Vec::new();
                    loop {
                        let page = at(&world, position, |view| view.statement(&question));
                        if let Some(last) = all.last() {
                            assert_eq!((page.opening, page.closing), (opening, last.balance));
                        }
                        assert!(page.closing == page.opening || !all.is_empty(), "{question:?}");
                        assert!(page.lines.len() <= question.paging.size);
                        shown.extend(page.lines);
                        let Some(next) = page.next else { break };
                        question.paging = question.paging.after(&next);
                    }
                    let mut want: Vec<Line> = all.into_iter().copied().collect();
                    want.retain(|line| !posted_only || line.effect == Effect::Post);
                    if order == Order::NewestFirst {
                        want.reverse();
                    }
                    compared += want.len();
                    assert_eq!(shown, want, "{question:?} at {position}");
                }
            }
        }
    }
    assert!(compared > 5_000, "{compared} lines were compared");
}

#[test]
fn on_the_posted_layer_the_booked_lines_make_the_difference() {
    let world = World::new(4, 300);
    for account in world.state_at(world.last()).books().accounts() {
        let mut question = StatementQuestion::of(*account.id());
        (question.posted_only, question.paging.size) = (true, 1_000);
        question.period.from = Some(Edge::Position(world.last() / 2));
        let page = at(&world, world.last(), |view| view.statement(&question));
        let booked: i128 = page
            .lines
            .iter()
            .map(|line| {
                let amount = i128::from(line.amount.amount.minor());
                if line.side == account.class().normal_side() { amount } else { -amount }
            })
            .sum();
        assert_eq!(page.opening.posted().minor() + booked, page.closing.posted().minor());
        assert_eq!(
            page.closing.available().minor(),
            page.closing.posted().minor() - page.closing.held().minor()
        );
    }
}

#[test]
fn activity_is_every_line_that_the_filters_let_through() {
    let world = World::new(5, 500);
    let lines = world.lines();
    let last = world.last();
    let replayed = world.state_at(last);
    let books = replayed.books();
    let accounts = books.accounts();
    let sets = books.sets();
    assert!(!sets.is_empty());
    let pair = world.entries.iter().find_map(|entry| match &entry.content {
        Content::Ledger(own) if !own.postings.is_empty() => own.meta()?.pairs().first().cloned(),
        _ => None,
    });
    let pair = pair.expect("some entry has metadata");
    let cny = |minor| Some(Sum::new(Amount::new(minor).unwrap(), Currency::CNY));
    let filters = [
        Filter::default(),
        Filter { kinds: vec![LineKind::Hold, LineKind::Capture], ..Filter::default() },
        Filter { products: vec![longmen_wallet::ProductKind::TopUp], ..Filter::default() },
        Filter { least: cny(5_000), ..Filter::default() },
        Filter { least: cny(100), most: cny(9_000), ..Filter::default() },
        Filter { other: Some(*accounts[0].id()), ..Filter::default() },
        Filter { posted_only: true, kinds: vec![LineKind::Post], ..Filter::default() },
        Filter { meta: Some(pair.clone()), ..Filter::default() },
        Filter {
            period: Period { from: Some(Edge::Position(last / 4)), through: Some(Edge::Position(last / 2)) },
            ..Filter::default()
        },
    ];
    let mut of =
        vec![Of::Ledger, Of::Account(*accounts[0].id()), Of::Account(*accounts[accounts.len() - 1].id())];
    of.extend(sets.iter().map(|set| Of::Set(set.id)));
    let mut compared = 0;
    for (n, filter) in filters.iter().enumerate() {
        for (m, of) in of.iter().enumerate() {
            for position in [last, last / 2] {
                let then = world.state_at(position);
                let members: Option<BTreeSet<_>> = match of {
                    Of::Ledger => None,
                    Of::Account(id) => then.books().account_no(id).map(|no| BTreeSet::from([no])),
                    Of::Set(id) => then.books().set_no(id).map(|no| then.books().accounts_in(no)),
                    _ => unreachable!(),
                };
                let mut question = ActivityQuestion::of(*of);
                question.filter = filter.clone();
                question.paging.size = [100, 3, 1_000][(n + m) % 3];
                if members.is_none() && *of != Of::Ledger {
                    let got = world.replica.read(Want::Exactly(position), |view| view.activity(&question));
                    assert!(matches!(got, Err(Error::Unknown { .. })), "{got:?}");
                    continue;
                }
                let lets_through = |told: &&Told| {
                    let (line, entry) = (&told.line, &world.entries[told.entry]);
                    let Content::Ledger(entry) = &entry.content else { return false };
                    let within = |bound: Option<Sum>, fits: fn(Amount, Amount) -> bool| {
                        bound.is_none_or(|own| {
                            own.currency == line.amount.currency && fits(line.amount.amount, own.amount)
                        })
                    };
                    let period = |edge: Option<Edge>| match edge {
                        Some(Edge::Position(position)) => position,
                        _ => unreachable!(),
                    };
                    line.position <= position
                        && members.as_ref().is_none_or(|own| own.contains(&told.no))
                        && (filter.kinds.is_empty() || filter.kinds.contains(&line.kind))
                        && (filter.products.is_empty()
                            || line.product.is_some_and(|own| filter.products.contains(&own)))
                        && within(filter.least, |own, least| own >= least)
                        && within(filter.most, |own, most| own <= most)
                        && (filter.other.is_none() || line.other == filter.other)
                        && (!filter.posted_only || line.effect == Effect::Post)
                        && filter
                            .meta
                            .as_ref()
                            .is_none_or(|(key, value)| entry.meta().is_some_and(|meta| meta.has(key, value)))
                        && (filter.period.from.is_none()
                            || (period(filter.period.from)..=period(filter.period.through))
                                .contains(&line.position))
                };
                let mut want: Vec<&Told> = lines.iter().filter(lets_through).collect();
                want.sort_by_key(|told| std::cmp::Reverse((told.line.position, told.no, told.line.index)));
                let mut got = Vec::new();
                loop {
                    let page = at(&world, position, |view| view.activity(&question));
                    assert!(page.items.iter().all(|item| item.line.position >= page.looked_from));
                    got.extend(page.items.into_iter().map(|item| item.line));
                    let Some(next) = page.next else { break };
                    question.paging = question.paging.after(&next);
                }
                let want: Vec<Line> = want.into_iter().map(|told| told.line).collect();
                compared += want.len();
                assert_eq!(got, want, "{question:?} at {position}");
            }
        }
    }
    assert!(compared > 3_000, "{compared} lines were compared");
}

#[test]
fn an_item_can_bring_its_entry() {
    let world = World::new(5, 200);
    let mut question = ActivityQuestion::of(Of::Ledger);
    question.with_entries = true;
    let page = at(&world, world.last(), |view| view.activity(&question));
    assert_eq!(page.items.len(), 100);
    for item in page.items {
        let entry = item.entry.unwrap();
        let want = &world.entries[usize::try_from(item.line.position).unwrap()];
        assert_eq!((entry.position, entry.hash), (want.stamp.position, want.stamp.hash));
        let Content::Ledger(content) = &want.content else { panic!("{want:?}") };
        assert_eq!(entry.entry.as_ref(), Some(content));
        assert_eq!((entry.key, entry.memo.as_str()), (content.key, content.memo.as_str()));
        assert_eq!(entry.postings.len(), content.postings.len());
    }
    let future = world.replica.read(Want::Latest, |view| view.entry(world.last() + 1));
    assert!(matches!(future, Err(Error::Future { .. })));
}

#[test]
fn open_holds_are_those_of_the_state() {
    let world = World::new(6, 500);
    let mut seen = 0;
    for position in world.positions(7) {
        let then = world.state_at(position);
        let books = then.books();
        let mut of: Vec<(Of, Option<_>)> = vec![(Of::Ledger, None)];
        of.extend(books.accounts().iter().map(|own| (Of::Account(*own.id()), books.account_no(own.id()))));
        for (of, only) in of {
            let mut want: Vec<_> =
                books.holds().iter().filter(|hold| hold.state == HoldState::Open).collect();
            want.retain(|hold| only.is_none_or(|no| hold.debit == no));
            want.sort_by_key(|hold| hold.debit);
            let (mut got, mut paging) = (Vec::new(), Paging::first(2));
            loop {
                let page = at(&world, position, |view| view.open_holds(&of, &paging));
                got.extend(page.holds);
                let Some(next) = page.next else { break };
                paging = paging.after(&next);
            }
            let got: Vec<_> =
                got.iter().map(|own| (own.hold, own.remaining.amount, own.expires_ns)).collect();
            let want: Vec<_> = want.iter().map(|own| (own.key, own.remaining, own.expires_ns)).collect();
            seen += want.len();
            assert_eq!(got, want, "{of:?} at {position}");
        }
    }
    assert!(seen > 10);
}

#[test]
fn totals_are_sums_of_balances() {
    let world = World::new(7, 500);
    for position in world.positions(5) {
        let then = world.state_at(position);
        let books = then.books();
        let trial = at(&world, position, |view| view.trial_balance());
        assert!(trial.is_equal);
        assert_eq!(trial.totals, books.trial_balance());
        for set in books.sets() {
            let totals = at(&world, position, |view| view.totals(&Of::Set(set.id)));
            assert_eq!(Some(totals), books.totals_of_set(&set.id));
        }
        let codes: BTreeSet<&str> = (0..)
            .map_while(|no| books.details_at(longmen_core::AccountNo(no)))
            .filter_map(|details| details.code.as_ref().map(Code::as_str))
            .collect();
        for code in codes.iter().flat_map(|code| [code, code.split('.').next().unwrap()]) {
            let code = Code::new(code).unwrap();
            let totals = at(&world, position, |view| view.totals(&Of::Code(code)));
            assert_eq!(totals, books.totals_of_code(&code));
            let (mut rows, mut paging) = (Vec::new(), Paging::first(1));
            loop {
                let page = at(&world, position, |view| view.accounts(&Of::Code(code), &paging));
                rows.extend(page.accounts.into_iter().filter_map(|row| books.account(&row.account)));
                let Some(next) = page.next else { break };
                paging = paging.after(&next);
            }
            assert_eq!(Totals::of(rows), totals);
        }
        let all = at(&world, position, |view| view.accounts(&Of::Ledger, &Paging::first(1_000)));
        assert_eq!(all.accounts.len(), books.accounts().len());
    }
}

#[test]
fn names_are_found_by_a_piece_of_them() {
    let world = World::new(8, 200);
    for position in [world.last(), world.last() / 2, 3] {
        let then = world.state_at(position);
        for piece in ["", "user", "CNY", "1.", "nobody"] {
            let want: Vec<AccountId> = then
                .books()
                .accounts()
                .iter()
                .map(|own| *own.id())
                .filter(|id| id.as_str().contains(piece))
                .collect();
            let (mut got, mut paging) = (Vec::new(), Paging::first(3));
            loop {
                let page = at(&world, position, |view| view.find_accounts(piece, &paging));
                got.extend(page.found.into_iter().map(|own| own.account));
                let Some(next) = page.next else { break };
                paging = paging.after(&next);
            }
            assert_eq!(got, want, "{piece:?} at {position}");
        }
    }
}

#[test]
fn a_cursor_is_of_one_question_of_one_ledger() {
    let (world, other) = (World::new(9, 200), World::new(9, 200));
    let account = *world.state_at(world.last()).books().accounts()[0].id();
    let mut question = StatementQuestion::of(account);
    question.paging.size = 5;
    let page = at(&world, world.last(), |view| view.statement(&question));
    let cursor = page.next.unwrap();
    let refused = |world: &World, want, question: &StatementQuestion, cursor: &str| {
        let mut question = question.clone();
        question.paging.cursor = Some(cursor.to_owned());
        match world.replica.read(want, |view| view.statement(&question)) {
            Err(Error::Cursor { what }) => what,
            other => panic!("{other:?}"),
        }
    };
    let newest = StatementQuestion { order: Order::NewestFirst, ..question.clone() };
    let mut changed = cursor.clone().into_bytes();
    changed[60] = if changed[60] == b'0' { b'1' } else { b'0' };
    let changed = String::from_utf8(changed).unwrap();
    let latest = Want::Latest;
    assert_eq!(
        refused(&world, latest, &question, "what"),
        "it is not the text of a cursor, or not all of it"
    );
    assert_eq!(
        refused(&world, latest, &question, &cursor[..40]),
        "it is not the text of a cursor, or not all of it"
    );
    assert_eq!(refused(&world, latest, &question, &changed), "it was changed on its way");
    assert_eq!(refused(&other, latest, &question, &cursor), "it is of another ledger");
    assert_eq!(refused(&world, latest, &newest, &cursor), "it is of another question");
    let early = page.lines[0].position;
    let later = "it is of a later position than the one that is asked at";
    assert_eq!(refused(&world, Want::Exactly(early), &question, &cursor), later);
    // A page of another size is the same question.
    question.paging = Paging { size: 500, cursor: Some(cursor) };
    assert!(world.replica.read(latest, |view| view.statement(&question)).is_ok());
}

#[test]
fn absurd_questions_get_their_own_answers() {
    let world = World::new(10, 100);
    let last = world.last();
    let account = *world.state_at(last).books().accounts()[0].id();
    type Change<'a> = &'a dyn Fn(&mut StatementQuestion);
    let ask = |change: Change<'_>| {
        let mut question = StatementQuestion::of(account);
        change(&mut question);
        world.replica.read(Want::Latest, |view| view.statement(&question)).unwrap_err().to_string()
    };
    let cases: &[(Change<'_>, &str)] = &[
        (&|own| own.account = AccountId::new("nobody").unwrap(), "there is no account nobody"),
        (&|own| own.paging.size = 0, "a page of 0 things"),
        (&|own| own.paging.size = 1_001, "a page of 1001 things"),
        (&|own| own.period.from = Some(Edge::Position(last + 1)), "is in the future"),
        (&|own| own.period.through = Some(Edge::Position(last + 1)), "is in the future"),
        (
            &|own| own.period = Period { from: Some(Edge::Time(5)), through: Some(Edge::Time(4)) },
            "ends before it begins",
        ),
        (
            &|own| own.period = Period { from: Some(Edge::Position(5)), through: Some(Edge::Position(4)) },
            "ends before it begins",
        ),
        (
            &|own| own.period = Period { from: Some(Edge::Position(5)), through: Some(Edge::Time(4)) },
            "ends before it begins",
        ),
    ];
    for (change, want) in cases {
        let got = ask(change);
        assert!(got.contains(want), "{got}");
    }
    let sum = |minor, currency| Some(Sum::new(Amount::new(minor).unwrap(), currency));
    let bad = [
        (sum(5, Currency::CNY), sum(4, Currency::CNY), "the least is more than the most"),
        (sum(5, Currency::CNY), sum(9, Currency::USD), "of two currencies"),
    ];
    for (least, most, want) in bad {
        let mut question = ActivityQuestion::of(Of::Ledger);
        question.filter = Filter { least, most, ..Filter::default() };
        let got = world.replica.read(Want::Latest, |view| view.activity(&question)).unwrap_err().to_string();
        assert!(got.contains(want), "{got}");
    }
    let nobody = [
        (Of::Set(SetId::new("none").unwrap()), "there is no set none"),
        (Of::Owner(longmen_wallet::OwnerId::new("none").unwrap()), "there is no owner none"),
    ];
    for (of, want) in nobody {
        let got = world.replica.read(Want::Latest, |view| view.totals(&of)).unwrap_err().to_string();
        assert!(got.contains(want), "{got}");
    }
}
