//! Shows that real statements come out at their known figures in the ledger, and that a file is posted once.
//!
//! The statements are not part of this repository; where they are absent the tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{longmen, str_of, text};

fn statement(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/statements").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not here");
    None
}

struct Books {
    dir: tempfile::TempDir,
}

impl Books {
    #[track_caller]
    fn import(&self, format: &str, file: &Path) -> Value {
        let dir = text(self.dir.path());
        let ran =
            longmen(&["import", "statement", "--format", format, text(file), dir, "--create", "--json"]);
        ran.expect(0).lines().remove(0)
    }

    /// Imports into a new ledger, and checks that the books balance.
    #[track_caller]
    fn of(format: &str, file: &Path) -> (Self, Value) {
        let books = Self { dir: tempfile::tempdir().unwrap() };
        let result = books.import(format, file);
        longmen(&["verify", text(books.dir.path())]).expect(0);
        (books, result)
    }

    #[track_caller]
    fn field(&self, account: &str, field: &str) -> String {
        let ran = longmen(&["balance", text(self.dir.path()), account, "--json"]).expect(0);
        str_of(&ran.lines()[0], field)
    }

    fn head(&self) -> String {
        str_of(&longmen(&["stat", text(self.dir.path()), "--json"]).expect(0).lines()[0], "head")
    }
}

#[test]
fn boc_closes_at_its_printed_balance() {
    let Some(file) = statement("boc-debit.csv") else { return };
    let (books, result) = Books::of("boc", &file);
    assert_eq!(books.field("assets:bank:boc-3167", "posted"), "3240.28");
    assert_eq!(books.field("equity:opening", "posted"), "2813.58");
    assert_eq!(books.field("expenses:boc", "credits"), "50.00", "one refund");
    assert_eq!(result["closing"]["agrees"], true);
    assert_eq!(result["posted"], 17);

    let head = books.head();
    let again = books.import("boc", &file);
    assert_eq!((&again["posted"], &again["known"]), (&0.into(), &17.into()));
    assert_eq!(books.head(), head, "the second import wrote nothing");
}

#[test]
fn jd_nets_its_refunds() {
    let Some(file) = statement("jd.csv") else { return };
    let (books, _) = Books::of("jd", &file);
    assert_eq!(books.field("expenses:jd", "posted"), "1648.43");
    assert_eq!(books.field("expenses:jd", "credits"), "1097.59", "what was refunded");
}

#[test]
fn wechat_keeps_its_fees_apart() {
    let Some(file) = statement("wechat.csv") else { return };
    let (books, _) = Books::of("wechat", &file);
    assert_eq!(books.field("expenses:fee:wechat:lingqian", "posted"), "1.20");
    let dir = text(books.dir.path());
    let entries =
        longmen(&["entries", dir, "--account", "expenses:fee:wechat:lingqian", "--json"]).expect(0).lines();
    let postings = entries.iter().flat_map(|entry| entry["postings"].as_array().into_iter().flatten());
    let mut fees: Vec<String> = postings
        .filter(|posting| posting["account"] == "expenses:fee:wechat:lingqian")
        .map(|posting| str_of(posting, "amount"))
        .collect();
    fees.sort();
    assert_eq!(fees, ["0.10", "0.10", "1.00"]);
}

#[test]
fn alipay_holds_what_is_not_confirmed_in_escrow() {
    let Some(file) = statement("alipay.gb18030.csv") else { return };
    let (books, result) = Books::of("alipay", &file);
    assert_eq!(books.field("assets:escrow:alipay", "posted"), "20.00");
    assert_eq!(
        books.field("assets:alipay:yuebao", "posted"),
        "99.34",
        "the refunded payment nets to nothing"
    );
    assert_eq!(books.field("assets:alipay:balance", "posted"), "222208.50");
    assert_eq!(result["spent"], "145.61");
}

#[test]
fn the_format_is_found_out_and_a_wrong_one_refused() {
    let Some(file) = statement("jd.csv") else { return };
    let dir = tempfile::tempdir().unwrap();
    let books = dir.path().join("books");
    let ran =
        longmen(&["import", "statement", "--format", "boc", text(&file), text(&books), "--create"]).expect(3);
    assert!(ran.stderr.contains("looks like jd"), "{}", ran.stderr);
    assert!(!books.exists(), "nothing was made");
    longmen(&["import", "statement", text(&file), text(&books), "--create"]).expect(0);
}

#[test]
fn a_file_that_does_not_add_up_posts_nothing_and_names_the_row() {
    let head = "记账日期,记账时间,币别,金额,余额,交易名称,附言,对方账户名,借记卡号\n";
    let rows = "2025-08-02,09:00:00,人民币,-10.00,90.00,无卡支付,,张三,3167\n\
                2025-08-01,09:00:00,人民币,50.00,101.00,工资,,某公司,3167\n";
    let dir = tempfile::tempdir().unwrap();
    let (file, books) = (dir.path().join("boc.csv"), dir.path().join("books"));
    longmen(&["init", text(&books), "--segment-size", "1048576"]).expect(0);
    std::fs::write(&file, format!("{head}{rows}")).unwrap();
    let ran = longmen(&["import", "statement", "--format", "boc", text(&file), text(&books)]).expect(3);
    assert!(ran.stderr.contains("line 2") && ran.stderr.contains("Nothing was posted"), "{}", ran.stderr);
    let stat = longmen(&["stat", text(&books), "--json"]).expect(0).lines().remove(0);
    assert_eq!(stat["entries"], 1, "the genesis entry alone");

    // With the balances mended the same file is taken, and its card-like name is left out of the memo.
    let rows = rows.replace("101.00", "100.00").replace("张三", "4111111111111111");
    std::fs::write(&file, format!("{head}{rows}")).unwrap();
    longmen(&["import", "statement", text(&file), text(&books)]).expect(0);
    let entries = longmen(&["entries", text(&books), "--json"]).expect(0).lines();
    let memo = str_of(entries.last().unwrap(), "memo");
    assert_eq!(memo, "付款 payment");
}
