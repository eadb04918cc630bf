//! Commands of products through the engine: durable, retried, replayed, audited, and what comes due by itself.

use std::sync::Arc;

use longmen::wallet::{
    AtExpiry, CardCommand, CardTerms, ChannelCommand, ChannelKind, Fee, HouseCommand, OwnerCommand,
    OwnerKind, Product, ProductEvent, Rail, Returns, Terms, TermsCommand, Unspent, WalletTerms,
};
use longmen::{
    AccountNo, Command, Content, Currency, Entry, Ledger, Options, Outcome, Phase, Reason, Receipt, State,
    Wish,
};
use longmen_sim::{SimDisk, TestClock};

use crate::laws::{check_audit, check_state};
use crate::support::{
    START_NS, check_balanced, check_keys, create, entries, key, open, options, replay, state_of, transfer,
};

const CNY: Currency = Currency::CNY;

fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn wanted(name: &str, product: impl Into<Product>) -> Command<Wish> {
    Command::new(key(name), Wish::from(product.into()))
}

fn submit(ledger: &Ledger, name: &str, product: impl Into<Product>) -> Receipt {
    ledger.submit(wanted(name, product)).wait().unwrap()
}

fn done(ledger: &Ledger, name: &str, product: impl Into<Product>) {
    assert_eq!(submit(ledger, name, product).outcome, Outcome::Done, "{name}");
}

fn refused(receipt: Receipt) -> Reason {
    match receipt.outcome {
        Outcome::Refused(refusal) => refusal.reason,
        Outcome::Done => panic!("it is carried out"),
    }
}

fn wallet_terms() -> WalletTerms {
    WalletTerms {
        binds: vec![Rail::BankCn],
        transfers: true,
        direct_receipts: true,
        unspent: Unspent::NothingSince,
        recovers_debts: true,
        spend_tier: 1,
        limits: vec![],
    }
}

fn card_terms() -> CardTerms {
    CardTerms {
        pool: read("emoney"),
        currency: CNY,
        channels: vec![read("visa")],
        minimum_load: read("1.00 CNY"),
        maximum_load: read("2000.00 CNY"),
        cap: None,
        loads_max: None,
        fee: Fee::NONE,
        life_ns: None,
        at_expiry: AtExpiry::Return,
        returns: Returns::NewestFirst,
        reactivation: false,
    }
}

fn register(name: &str) -> OwnerCommand {
    let (kind, pool, terms) = (OwnerKind::Customer, read("emoney"), read("consumer"));
    OwnerCommand::Register { owner: read(name), kind, pool, terms, currencies: vec![CNY] }
}

/// A house, a channel, terms, and two customers who may have a card.
fn open_house(ledger: &Ledger) {
    let pool = read("emoney");
    done(ledger, "house", HouseCommand::Open { pool, currency: CNY });
    done(ledger, "invest", HouseCommand::Invest { pool, sum: read("100000.00 CNY") });
    let channel = ChannelCommand::Open {
        channel: read("visa"),
        kind: ChannelKind::InternationalCard,
        pool,
        currencies: vec![CNY],
        settles_within_ns: None,
    };
    done(ledger, "visa", channel);
    let terms = [("consumer", Terms::Wallet(wallet_terms())), ("tour", Terms::Card(card_terms()))];
    for (terms, is) in terms {
        done(ledger, &format!("terms-{terms}"), TermsCommand::Set { terms: read(terms), from_ns: None, is });
    }
    for name in ["alice", "bob"] {
        let owner = read(name);
        done(ledger, &format!("register-{name}"), register(name));
        done(ledger, &format!("activate-{name}"), OwnerCommand::Activate { owner });
        done(ledger, &format!("verify-{name}"), OwnerCommand::Verify { owner, tier: 1 });
    }
}

fn freeze(name: &str, debit: bool) -> OwnerCommand {
    OwnerCommand::Freeze { owner: read(name), debit, credit: false }
}

/// The entries of products, in their order.
fn facts(disk: &SimDisk) -> Vec<Entry> {
    let ledger = entries(disk).unwrap().into_iter().filter_map(|entry| match entry.content {
        Content::Ledger(entry) => Some(entry),
        Content::Journal(_) => None,
    });
    ledger.filter(|entry| entry.product.is_some()).collect()
}

fn check_all(disk: &SimDisk, state: &State) {
    check_balanced(state.books().accounts());
    check_audit(disk);
    check_state(disk);
    check_keys(&entries(disk).unwrap());
    assert!(replay(disk).unwrap().state == *state, "a replay gives the same state");
}

#[test]
fn a_ledger_with_products_is_opened_replayed_and_audited_as_it_was() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let options = Options { snapshot_every: 10, ..options(&clock) };
    let ledger = options.create_on(Arc::new(disk.clone())).unwrap();
    open_house(&ledger);
    done(&ledger, "freeze", freeze("alice", true));
    // The ledger's own commands go on beside products, and do not touch what belongs to these.
    for command in crate::support::opening() {
        ledger.submit(command).wait().unwrap().accepted().unwrap();
    }
    let own = *ledger.view().account_at(AccountNo(0)).unwrap().id();
    let pay = transfer("pay", "alice", own.as_str(), 1);
    assert_eq!(refused(ledger.submit(pay).wait().unwrap()), Reason::AccountManaged);
    let before = state_of(&ledger);
    ledger.close().unwrap();
    assert!(disk.files().keys().any(|path| path.starts_with("snap/")), "there is a snapshot");
    check_all(&disk, &before);

    let ledger = open(&disk, &clock).unwrap();
    assert!(state_of(&ledger) == before, "it opens as it was closed");
    done(&ledger, "thaw", freeze("alice", false));
    done(&ledger, "freeze-bob", freeze("bob", true));
    let after = state_of(&ledger);
    ledger.close().unwrap();
    check_all(&disk, &after);
    let owner = after.products().owners.get(read("bob")).unwrap();
    assert!(owner.debit_frozen && !after.products().owners.get(read("alice")).unwrap().debit_frozen);
    assert!(facts(&disk).iter().all(|entry| matches!(entry.event, longmen::Event::Compound(_))));
}

/// A ledger whose batches have room for several of the largest commands.
fn roomy(disk: &SimDisk, clock: &TestClock) -> Ledger {
    let options = longmen::Options { segment_size: 1 << 20, ..crate::support::options(clock) };
    options.create_on(std::sync::Arc::new(disk.clone())).unwrap()
}

#[test]
fn a_product_s_command_that_comes_again_gets_its_first_receipt() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = roomy(&disk, &clock);
    open_house(&ledger);
    let first = submit(&ledger, "freeze", freeze("alice", true));
    assert_eq!(first.outcome, Outcome::Done);
    let ghost = submit(&ledger, "ghost", freeze("ghost", true));
    assert_eq!(refused(ghost), Reason::ThingNotFound);
    done(&ledger, "thaw", freeze("alice", false));
    let again = |receipt: Receipt| Receipt { replayed: true, ..receipt };
    let check = |ledger: &Ledger| {
        let head = ledger.head();
        assert_eq!(submit(ledger, "freeze", freeze("alice", true)), again(first));
        assert_eq!(submit(ledger, "ghost", freeze("ghost", true)), again(ghost));
        // The same key with another content, of a product or of the ledger.
        assert_eq!(refused(submit(ledger, "freeze", freeze("alice", false))), Reason::KeyReused);
        assert_eq!(refused(submit(ledger, "freeze", freeze("bob", true))), Reason::KeyReused);
        let other = transfer("freeze", "alice", "bob", 1);
        assert_eq!(refused(ledger.submit(other).wait().unwrap()), Reason::KeyReused);
        assert_eq!(ledger.head(), head, "nothing was journaled");
    };
    check(&ledger);
    let slice = ["same", "same"].map(|name| wanted(name, freeze("bob", true))).to_vec();
    let receipts = ledger.submit_all(slice).wait().unwrap();
    assert_eq!(receipts[1], again(receipts[0]), "in one batch too");
    let before = state_of(&ledger);
    ledger.close().unwrap();
    let ledger = open(&disk, &clock).unwrap();
    assert!(state_of(&ledger) == before);
    check(&ledger);
    // Now there is one, and yet a refusal stays one.
    done(&ledger, "register-ghost", register("ghost"));
    check(&ledger);
    let state = state_of(&ledger);
    ledger.close().unwrap();
    check_all(&disk, &state);
}

#[test]
fn a_product_s_command_is_in_no_group_and_is_neither_forced_nor_imported() {
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = roomy(&disk, &clock);
    open_house(&ledger);
    let head = ledger.head();
    let owner = || freeze("alice", true);
    assert_eq!(refused(ledger.submit(wanted("l", owner()).linked()).wait().unwrap()), Reason::ProductLinked);
    assert_eq!(refused(ledger.submit(wanted("f", owner()).forced()).wait().unwrap()), Reason::NotForcible);
    let imported = wanted("i", owner()).happened_at(std::num::NonZeroU64::MIN);
    assert_eq!(refused(ledger.submit(imported).wait().unwrap()), Reason::ProductImported);
    let seal = |name| Command::<Wish>::new(key(name), longmen::Action::OpenSet(read(name)).into());
    for group in [
        vec![wanted("a", owner()).linked(), seal("b")],
        vec![seal("c").linked(), wanted("d", owner())],
        vec![seal("e").linked(), wanted("g", owner()).linked(), seal("h")],
    ] {
        let at = group.iter().position(|command| matches!(command.action, Wish::Product(_))).unwrap();
        let receipts = ledger.submit_all(group).wait().unwrap();
        for (no, receipt) in receipts.into_iter().enumerate() {
            let want = if no == at { Reason::ProductLinked } else { Reason::GroupFell };
            assert_eq!((refused(receipt), receipt.stamp), (want, None));
        }
    }
    assert_eq!(ledger.head(), head, "nothing was journaled");
    done(&ledger, "l", owner());
    let state = state_of(&ledger);
    ledger.close().unwrap();
    check_all(&disk, &state);
}

/// The cards that came to the end of their lives, in the order of their entries; the writer's entries have no key.
fn ended(disk: &SimDisk) -> Vec<String> {
    let own = facts(disk).into_iter().filter(|entry| entry.key.is_none());
    own.map(|entry| match entry.product.unwrap().event {
        ProductEvent::Card(event) => format!("{event:?}"),
        other => panic!("{other:?} was not due"),
    })
    .collect()
}

fn issue(ledger: &Ledger, card: &str, owner: &str, expires_ns: u64) {
    let (card_id, owner) = (read(card), read(owner));
    let issue =
        CardCommand::Issue { card: card_id, owner, terms: read("tour"), expires_ns: Some(expires_ns) };
    done(ledger, &format!("issue-{card}"), issue);
}

#[test]
fn what_comes_due_is_journaled_by_the_writer_exactly_once() {
    const HOUR: u64 = 3_600_000_000_000;
    let (disk, clock) = (SimDisk::new(), TestClock::at(START_NS));
    let ledger = create(&disk, &clock);
    open_house(&ledger);
    for (card, owner, hours) in [("late", "alice", 3), ("soon", "bob", 1), ("far", "alice", 9)] {
        issue(&ledger, card, owner, START_NS + hours * HOUR);
    }
    let phase = |ledger: &Ledger, card: &str| {
        state_of(ledger).products().cards.cards.get(read(card)).map(|card| card.phase)
    };
    clock.advance(2 * HOUR);
    // A command that comes after the time finds the card at its end, whatever the caller knows.
    done(&ledger, "look", freeze("bob", true));
    assert_eq!(phase(&ledger, "soon"), Some(Phase::Expired));
    let state = state_of(&ledger);
    ledger.close().unwrap();
    assert_eq!(ended(&disk).len(), 1, "{:?}", ended(&disk));
    check_all(&disk, &state);

    // Time passes while nobody has it open; the opening catches up, once.
    clock.advance(2 * HOUR);
    for _ in 0..2 {
        let ledger = open(&disk, &clock).unwrap();
        done(&ledger, "look", freeze("bob", true));
        done(&ledger, "look-again", freeze("alice", true));
        assert_eq!(phase(&ledger, "late"), Some(Phase::Expired));
        assert_ne!(phase(&ledger, "far"), Some(Phase::Expired));
        let state = state_of(&ledger);
        ledger.close().unwrap();
        let ended = ended(&disk);
        assert_eq!(ended.len(), 2, "{ended:?}");
        assert!(ended[0].contains("soon") && ended[1].contains("late"), "{ended:?}");
        check_all(&disk, &state);
    }
}
