//! A small ledger with a server in front of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use longmen::replica::Want;
use longmen::wallet::{self, Product};
use longmen::{
    AccountId, Action, Amount, Class, Command, Currency, Key, Ledger, Member, Membership, OpenAccount,
    Options, PlaceHold, Replica, SetId, Stamp,
};
use longmen_serve::{Options as Serving, Server};
use tempfile::TempDir;

const CNY: Currency = Currency::CNY;

/// A customer with money, a card and a payout on its way.
const PRODUCTS: &[(&str, &str)] = &[
    ("pool", r#"{"house":{"open":{"pool":"emoney","currency":"CNY"}}}"#),
    ("invest", r#"{"house":{"invest":{"pool":"emoney","sum":"500.00 CNY"}}}"#),
    (
        "alipay",
        r#"{"channel":{"open":{"channel":"alipay","kind":"alipay","pool":"emoney","currencies":["CNY"],"settles_within_ns":86400000000000}}}"#,
    ),
    (
        "t-wallet",
        r#"{"terms":{"set":{"terms":"consumer","is":{"wallet":{"binds":["bank_cn"],"spend_tier":1}}}}}"#,
    ),
    (
        "t-load",
        r#"{"terms":{"set":{"terms":"topup","is":{"top_up":{"channels":["alipay"],"minimum":"1.00 CNY","refundable":true}}}}}"#,
    ),
    (
        "t-card",
        r#"{"terms":{"set":{"terms":"tourcard","is":{"card":{"pool":"emoney","currency":"CNY","channels":["alipay"],"minimum_load":"100.00 CNY","maximum_load":"2000.00 CNY","cap":"2000.00 CNY","loads_max":10,"fee":{"rate_ppm":50000},"life_ns":7776000000000000,"at_expiry":"return","returns":"newest_first","reactivation":false}}}}}"#,
    ),
    (
        "t-out",
        r#"{"terms":{"set":{"terms":"payout","is":{"withdrawal":{"rails":["bank_cn"],"fee":{"rate_ppm":1000,"minimum":"1.00 CNY"}}}}}}"#,
    ),
    (
        "register",
        r#"{"owner":{"register":{"owner":"lilei","kind":"customer","pool":"emoney","terms":"consumer","currencies":["CNY"]}}}"#,
    ),
    ("activate", r#"{"owner":{"activate":{"owner":"lilei"}}}"#),
    ("verify", r#"{"owner":{"verify":{"owner":"lilei","tier":1}}}"#),
    (
        "bind",
        r#"{"payee":{"add":{"owner":"lilei","payee":"icbc","rail":"bank_cn","currency":"CNY","token":"tok-6222"}}}"#,
    ),
    ("bound", r#"{"payee":{"verify":{"owner":"lilei","payee":"icbc"}}}"#),
    (
        "load",
        r#"{"top_up":{"request":{"target":{"wallet":{"owner":"lilei","currency":"CNY"}},"terms":"topup","channel":"alipay","sum":"1000.00 CNY"}}}"#,
    ),
    (
        "load-in",
        r#"{"top_up":{"receive":{"top_up":"load","channel":"alipay","reference":"ali-1","sum":"1000.00 CNY"}}}"#,
    ),
    ("load-ok", r#"{"top_up":{"apply":{"top_up":"load"}}}"#),
    ("issue", r#"{"card":{"issue":{"card":"tour-1","owner":"lilei","terms":"tourcard"}}}"#),
    (
        "out",
        r#"{"withdrawal":{"request":{"owner":"lilei","sum":"200.00 CNY","payee":"icbc","terms":"payout","due_ns":9000000000000000000}}}"#,
    ),
];

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub(crate) fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn yuan(text: &str) -> Amount {
    Amount::parse(text, &CNY).unwrap()
}

/// The bank gives Alice something; the stamp of its entry.
pub(crate) fn pay(ledger: &Ledger, amount: &str, name: &str) -> Stamp {
    let pay = Command::transfer(key(name), account("bank"), account("alice"), yuan(amount), CNY);
    ledger.submit(pay).wait().unwrap().accepted().unwrap()
}

/// A ledger, its last stamp, and a server that has come as far.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) at: SocketAddr,
    pub(crate) replica: Arc<Replica>,
    pub(crate) ledger: Ledger,
    pub(crate) dir: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(Serving::default())
    }

    pub(crate) fn with(serving: Serving) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Options { segment_size: 1 << 20, ..Options::default() }.create(dir.path()).unwrap();
        for (name, class) in
            [("bank", Class::Asset), ("alice", Class::Liability), ("hotel", Class::Liability)]
        {
            let open = OpenAccount::new(account(name), CNY, class);
            ledger
                .submit(Command::open_account(key(&format!("open-{name}")), open))
                .wait()
                .unwrap()
                .accepted()
                .unwrap();
        }
        let set = SetId::new("guests").unwrap();
        ledger.submit(Command::new(key("set"), Action::OpenSet(set))).wait().unwrap().accepted().unwrap();
        let join = Membership { set, member: Member::Account(account("alice")) };
        ledger
            .submit(Command::new(key("join"), Action::Join(Box::new(join))))
            .wait()
            .unwrap()
            .accepted()
            .unwrap();
        let top_up = Command::transfer(key("top-up"), account("bank"), account("alice"), yuan("100.00"), CNY);
        ledger.submit(top_up).wait().unwrap().accepted().unwrap();
        let hold = PlaceHold::new(account("alice"), account("hotel"), yuan("30.00"), CNY);
        ledger.submit(Command::place_hold(key("stay"), hold)).wait().unwrap().accepted().unwrap();
        for (name, product) in PRODUCTS {
            let product: Product = serde_json::from_str(product).unwrap();
            ledger
                .submit(wallet::Command::new(key(name), product.into()))
                .wait()
                .unwrap()
                .accepted()
                .unwrap();
        }
        let replica = Arc::new(longmen::follow(dir.path(), longmen::replica::Options::default()).unwrap());
        let listen = SocketAddr::new(serving.listen.ip(), 0);
        let server = Server::start(Arc::clone(&replica), Serving { listen, ..serving }).unwrap();
        let at = server.address();
        let own = Self { server, at, replica, ledger, dir };
        let last = own.pay("1.00", "first");
        own.reach(last);
        own
    }

    /// The bank gives Alice something; the stamp of its entry.
    pub(crate) fn pay(&self, amount: &str, name: &str) -> Stamp {
        pay(&self.ledger, amount, name)
    }

    /// Waits until the replica has an entry.
    pub(crate) fn reach(&self, stamp: Stamp) {
        let want = Want::AtLeast(stamp.position, Duration::from_secs(10));
        self.replica.read(want, |_| Ok(())).unwrap();
    }
}
