//! Products beside the plain ledger: the same world for the bench and for counting instructions.

#![expect(clippy::unwrap_used, reason = "a failing unwrap fails the bench")]

use longmen::wallet::{
    ChannelCommand, ChannelKind, Command, Fee, HouseCommand, OwnerCommand, OwnerKind, PaymentCommand,
    PaymentTerms, Role, Terms, TermsCommand, TopUpCommand, TopUpTarget, TopUpTerms, TransferCommand,
    WalletTerms,
};
use longmen::{
    AccountId, Action, Amount, Class, Currency, Decision, Digest, Key, Known, Leg, OpenAccount, Overdraft,
    PlaceHold, Side, State, Sum, Wish,
};

const OWNERS: u64 = 1_000;
const CURRENCY: Currency = Currency::CNY;

/// Reads a name or a sum.
fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn plain_account(no: u64) -> AccountId {
    read(&format!("plain-{no}.cny"))
}

fn owner<T: std::str::FromStr<Err: std::fmt::Debug>>(no: u64) -> T {
    read(&format!("customer-{no}"))
}

/// Two different numbers below so many, mixed by a counter.
fn pair(no: u64) -> (u64, u64) {
    let spread = no.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread % OWNERS, (spread % OWNERS + 1 + spread % 97) % OWNERS)
}

/// The commands that make the world: plain accounts, customers with money, a merchant and a channel.
fn openings() -> Vec<Wish> {
    let pool = read("emoney");
    let mut all: Vec<Wish> = vec![HouseCommand::Open { pool, currency: CURRENCY }.into()];
    for no in 0..OWNERS {
        let account = OpenAccount::new(plain_account(no), CURRENCY, Class::Liability);
        let account = account.overdraft(Overdraft::UpTo(Amount::MAX));
        all.push(Action::OpenAccount(account.into()).into());
    }
    let channel = read("visa");
    all.push(
        ChannelCommand::Open {
            channel,
            kind: ChannelKind::InternationalCard,
            pool,
            currencies: vec![CURRENCY],
            settles_within_ns: None,
        }
        .into(),
    );
    let set =
        |terms: &str, is: Terms| Wish::from(TermsCommand::Set { terms: read(terms), from_ns: None, is });
    let wallet = WalletTerms { transfers: true, recovers_debts: true, ..WalletTerms::default() };
    all.push(set("wallet", Terms::Wallet(wallet)));
    all.push(set("top-up", Terms::TopUp(TopUpTerms { channels: vec![channel], ..TopUpTerms::default() })));
    let surcharge = Fee { rate_ppm: 30_000, ..Fee::NONE };
    let payment = PaymentTerms {
        channels: vec![channel],
        surcharges: vec![(channel, surcharge)],
        surcharge_tax_ppm: 60_000,
        ..PaymentTerms::default()
    };
    all.push(set("payment", Terms::Payment(payment)));
    let register = |owner, kind| OwnerCommand::Register {
        owner,
        kind,
        pool,
        terms: read("wallet"),
        currencies: vec![CURRENCY],
    };
    all.push(register(read("shop"), OwnerKind::Merchant).into());
    all.push(OwnerCommand::Activate { owner: read("shop") }.into());
    for no in 0..OWNERS {
        all.push(register(owner(no), OwnerKind::Customer).into());
        all.push(OwnerCommand::Activate { owner: owner(no) }.into());
    }
    all
}

/// A top-up of every customer, in three commands each: asked for, received, applied.
fn top_up(no: u64, step: u64) -> (Key, Wish) {
    let name: Key = read(&format!("top-up-{no}"));
    let channel = read("visa");
    let sum: Sum = read("100000000.00 CNY");
    let key = if step == 0 { name } else { read(&format!("top-up-{no}-{step}")) };
    let command = match step {
        0 => TopUpCommand::Request {
            target: TopUpTarget::Wallet { owner: owner(no), currency: CURRENCY },
            terms: Some(read("top-up")),
            channel,
            sum,
            expires_ns: None,
        },
        1 => TopUpCommand::Receive { top_up: name, channel, reference: name, sum },
        _ => TopUpCommand::Apply { top_up: name, refund_until_ns: None, calendar: None },
    };
    (key, command.into())
}

/// Every command that makes the world.
#[must_use]
pub fn beginnings() -> Vec<Command> {
    let numbered = |(no, wish): (usize, Wish)| Command::new(read(&format!("begin-{no}")), wish);
    let mut all: Vec<Command> = openings().into_iter().enumerate().map(numbered).collect();
    for no in 0..OWNERS {
        all.extend((0..3).map(|step| top_up(no, step)).map(|(key, wish)| Command::new(key, wish)));
    }
    all
}

/// The key of the command with this number.
#[must_use]
pub fn key(no: u64) -> Key {
    read(&format!("01J{no:023}"))
}

fn cny(text: &str) -> Sum {
    read(&format!("{text} CNY"))
}

fn plain_post(legs: &[(u64, Side, &str)]) -> Wish {
    let leg = |(no, side, amount): &(u64, Side, &str)| Leg {
        account: plain_account(*no),
        side: *side,
        amount: cny(amount).amount,
        currency: CURRENCY,
    };
    Action::Post(legs.iter().map(leg).collect()).into()
}

/// Commands that are compared: what a plain one and what a product's is called, and how each is made.
pub type Make = fn(u64) -> Wish;

/// Plain commands, and those of products that post as much.
pub const PAIRS: &[(&str, Make, Make)] = &[
    ("two_postings", plain_transfer, product_transfer),
    ("two_postings_and_an_item", plain_transfer, product_pay),
    ("four_postings", plain_four, product_by_channel),
    ("hold", plain_hold, product_authorise),
];

fn plain_transfer(no: u64) -> Wish {
    let (from, to) = pair(no);
    plain_post(&[(from, Side::Debit, "1.00"), (to, Side::Credit, "1.00")])
}

fn product_transfer(no: u64) -> Wish {
    let (from, to) = pair(no);
    TransferCommand::Send { from: owner(from), to: owner(to), sum: cny("1.00") }.into()
}

fn product_pay(no: u64) -> Wish {
    let payer = owner(pair(no).0);
    let (merchant, order, terms) = (read("shop"), key(no), read("payment"));
    PaymentCommand::Pay { payer, merchant, order, sum: cny("1.00"), from: Role::Wallet, terms }.into()
}

fn plain_four(no: u64) -> Wish {
    let (from, to) = pair(no);
    let tax = (to + 1) % OWNERS;
    let fee = (to + 2) % OWNERS;
    plain_post(&[
        (from, Side::Debit, "103.00"),
        (to, Side::Credit, "100.00"),
        (fee, Side::Credit, "2.82"),
        (tax, Side::Credit, "0.18"),
    ])
}

fn product_by_channel(no: u64) -> Wish {
    let reference = key(no);
    PaymentCommand::PayByChannel {
        channel: read("visa"),
        reference,
        payer: Some(owner(pair(no).0)),
        merchant: read("shop"),
        order: reference,
        sum: cny("100.00"),
        charged: Some(cny("103.00")),
        terms: read("payment"),
        due_ns: None,
    }
    .into()
}

fn plain_hold(no: u64) -> Wish {
    let (debit, credit) = pair(no);
    let hold = PlaceHold::new(plain_account(debit), plain_account(credit), cny("1.00").amount, CURRENCY);
    Action::PlaceHold(hold).into()
}

fn product_authorise(no: u64) -> Wish {
    PaymentCommand::Authorise {
        payer: owner(pair(no).0),
        merchant: read("shop"),
        order: key(no),
        sum: cny("1.00"),
        from: Role::Wallet,
        terms: read("payment"),
        expires_ns: None,
    }
    .into()
}

/// The state, and where the next entry comes.
#[derive(Debug)]
pub struct World {
    /// The state.
    pub state: State,
    /// The position of the next entry.
    pub position: u64,
}

impl Default for World {
    fn default() -> Self {
        let mut world = Self { state: State::new(), position: 0 };
        beginnings().into_iter().for_each(|command| world.carry_out(command));
        world
    }
}

impl World {
    /// Decides and applies a command, which must be carried out.
    ///
    /// # Panics
    ///
    /// Where it is not.
    pub fn carry_out(&mut self, command: Command) {
        let now_ns = 1_000 + self.position;
        match self.state.decide(command, Digest::ZERO, &Known::default(), self.position, now_ns) {
            Decision::Entry(entry) => {
                assert!(!matches!(entry.event, longmen::Event::Refused { .. }), "{entry:?}");
                self.state.apply(self.position, now_ns, &entry).unwrap();
            }
            other => panic!("{other:?}"),
        }
        self.position += 1;
    }
}
