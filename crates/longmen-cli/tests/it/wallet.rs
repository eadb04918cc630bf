//! Shows what `longmen wallet` prints, in both languages.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::{exec, longmen, longmen_in, str_of, text};

/// Lilei has topped up, has a card with an authorisation on it, a withdrawal at the bank and another that waits.
const STORY: &str = r#"{"key":"pool","product":{"house":{"open":{"pool":"emoney","currency":"CNY"}}}}
{"key":"alipay","product":{"channel":{"open":{"channel":"alipay","kind":"alipay","pool":"emoney","currencies":["CNY"],"settles_within_ns":86400000000000}}}}
{"key":"consumer","product":{"terms":{"set":{"terms":"consumer","is":{"wallet":{"binds":["bank_cn"],"spend_tier":1}}}}}}
{"key":"topup","product":{"terms":{"set":{"terms":"topup","is":{"top_up":{"channels":["alipay"]}}}}}}
{"key":"tourcard","product":{"terms":{"set":{"terms":"tourcard","is":{"card":{"pool":"emoney","currency":"CNY","channels":["alipay"],"minimum_load":"100.00 CNY","maximum_load":"2000.00 CNY","cap":null,"loads_max":null,"fee":{"rate_ppm":50000},"life_ns":7776000000000000,"at_expiry":"return","returns":"newest_first","reactivation":false}}}}}}
{"key":"payout","product":{"terms":{"set":{"terms":"payout","is":{"withdrawal":{"rails":["bank_cn"],"fee":{"fixed":"1.00 CNY"}}}}}}}
{"key":"register","product":{"owner":{"register":{"owner":"lilei","kind":"customer","pool":"emoney","terms":"consumer","currencies":["CNY"]}}}}
{"key":"activate","product":{"owner":{"activate":{"owner":"lilei"}}}}
{"key":"verify","product":{"owner":{"verify":{"owner":"lilei","tier":1}}}}
{"key":"bind","product":{"payee":{"add":{"owner":"lilei","payee":"icbc","rail":"bank_cn","currency":"CNY","token":"tok-1"}}}}
{"key":"bound","product":{"payee":{"verify":{"owner":"lilei","payee":"icbc"}}}}
{"key":"load","product":{"top_up":{"request":{"target":{"wallet":{"owner":"lilei","currency":"CNY"}},"terms":"topup","channel":"alipay","sum":"1000.00 CNY"}}}}
{"key":"load-in","product":{"top_up":{"receive":{"top_up":"load","channel":"alipay","reference":"ali-1","sum":"1000.00 CNY"}}}}
{"key":"load-ok","product":{"top_up":{"apply":{"top_up":"load"}}}}
{"key":"issue","product":{"card":{"issue":{"card":"tour-1","owner":"lilei","terms":"tourcard"}}}}
{"key":"fill","product":{"top_up":{"request":{"target":{"card":{"card":"tour-1"}},"channel":"alipay","sum":"300.00 CNY"}}}}
{"key":"fill-in","product":{"top_up":{"receive":{"top_up":"fill","channel":"alipay","reference":"ali-2","sum":"315.00 CNY"}}}}
{"key":"fill-ok","product":{"top_up":{"apply":{"top_up":"fill"}}}}
{"key":"auth","product":{"card":{"authorise":{"card":"tour-1","reference":"net-1","sum":"88.00 CNY"}}}}
{"key":"out","product":{"withdrawal":{"request":{"owner":"lilei","sum":"200.00 CNY","payee":"icbc","terms":"payout","due_ns":"2026-01-01T00:00:00+08:00"}}}}
{"key":"out-sub","product":{"withdrawal":{"submit":{"withdrawal":"out"}}}}
{"key":"out-2","product":{"withdrawal":{"request":{"owner":"lilei","sum":"50.00 CNY","payee":"icbc","terms":"payout","due_ns":"2026-01-01T00:00:00+08:00"}}}}
"#;

fn story(dir: &Path) {
    for result in exec(dir, STORY) {
        assert_eq!(result["outcome"], "done", "{result}");
    }
}

/// The page without what is of one run only: times, and counts of seconds, minutes, hours and days.
fn timeless(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(c) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (own, after) = rest.split_at(digits);
        let units = [" s", " min", " h", " d", " 秒", " 分钟", " 小时", " 天"];
        if digits == 4 && after.starts_with('-') && rest.get(19..20) == Some("Z") {
            out += "0000-00-00T00:00:00Z";
            rest = rest.split_at(20).1;
        } else if digits > 0 && units.iter().any(|unit| after.starts_with(unit)) {
            // Of the same width whatever it is; the columns beside it are as wide as the widest.
            out += "#";
            rest = after;
        } else if digits > 0 {
            out += own;
            rest = after;
        } else {
            out.push(c);
            rest = rest.split_at(c.len_utf8()).1;
        }
    }
    // Blanks are as many as what was masked needed.
    out.lines()
        .map(|line| {
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
                + "\n"
        })
        .collect()
}

#[track_caller]
fn golden(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pages").join(name);
    let page = timeless(page);
    if std::env::var_os("LONGMEN_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(page, kept, "{name}: LONGMEN_BLESS=1 writes it anew");
}

#[test]
fn a_wallet_is_shown_on_a_page_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    golden("wallet.en.txt", &longmen(&["wallet", "show", text(dir.path()), "lilei"]).expect(0).stdout);
    golden(
        "wallet.zh.txt",
        &longmen(&["wallet", "show", text(dir.path()), "lilei", "--lang", "zh"]).expect(0).stdout,
    );
    let by_environment =
        longmen_in("zh_CN.UTF-8", &["wallet", "show", text(dir.path()), "lilei"]).expect(0).stdout;
    golden("wallet.zh.txt", &by_environment);
}

#[test]
fn columns_align_in_chinese() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    let page = longmen(&["wallet", "show", text(dir.path()), "lilei", "--lang", "zh"]).expect(0).stdout;
    let wide = |text: &str| -> usize { text.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum() };
    let ends =
        |line: &str, cell: &str| wide(line.split_once(cell).map_or(line, |(before, _)| before)) + wide(cell);
    let title = page.lines().find(|line| line.contains("账面余额")).unwrap();
    let row = page.lines().find(|line| line.contains("lilei:CNY:wallet")).unwrap();
    assert_eq!(ends(title, "账面余额"), ends(row, "799.00 CNY"), "\n{title}\n{row}");
    assert!(page.lines().all(|line| wide(line) <= 100), "{page}");
}

#[test]
fn a_wallet_as_json_says_what_the_page_says() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    let shown = longmen(&["wallet", "show", text(dir.path()), "lilei", "--json"]).expect(0).lines().remove(0);
    assert_eq!(shown["accounts"][0]["posted"], "799.00 CNY");
    assert_eq!(
        (&shown["accounts"][0]["held"], &shown["accounts"][0]["available"]),
        (&json!("51.00 CNY"), &json!("748.00 CNY"))
    );
    assert_eq!(
        (&shown["cards"][0]["days_left"], &shown["cards"][0]["account"]["available"]),
        (&json!(89), &json!("212.00 CNY"))
    );
    let held: Vec<&Value> = shown["holds"].as_array().unwrap().iter().map(|hold| &hold["thing"]).collect();
    assert_eq!(held, ["authorisation", "withdrawal"]);
    assert!(shown["holds"][0]["since_ns"].is_u64(), "the journal tells when: {shown}");
    let pending: Vec<String> =
        shown["pending"].as_array().unwrap().iter().map(|own| str_of(own, "phase")).collect();
    assert_eq!(pending, ["submitted", "requested"]);
    assert_eq!(shown["recent"].as_array().unwrap().len(), 10);
    assert_eq!(shown["recent"][0]["changes"][0]["held"], "51.00 CNY");

    let before = longmen(&["wallet", "show", text(dir.path()), "lilei", "--at", "13", "--json"])
        .expect(0)
        .lines()
        .remove(0);
    assert_eq!((&before["accounts"][0]["posted"], &before["position"]), (&json!("0.00 CNY"), &json!(13)));
    assert_eq!(before["pending"][0]["thing"], "top_up");
    let ran = longmen(&["wallet", "show", text(dir.path()), "nobody"]).expect(3);
    assert!(ran.stderr.contains("longmen wallet owners"), "{}", ran.stderr);
}

#[test]
fn owners_items_safeguarding_and_terms_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    let json = |args: &[&str]| {
        longmen(&[&["wallet", args[0], text(dir.path()), "--json"], &args[1..]].concat()).expect(0).lines()
    };
    assert_eq!((&json(&["owners"])[0]["owner"], &json(&["owners"])[0]["tier"]), (&json!("lilei"), &json!(1)));
    let items: Vec<String> = json(&["items"]).iter().map(|own| str_of(own, "item")).collect();
    assert_eq!(items, ["out", "ali-1", "ali-2"]);
    let overdue: Vec<String> = json(&["items", "--overdue"]).iter().map(|own| str_of(own, "item")).collect();
    assert_eq!(overdue, ["out"]);
    let pool = json(&["safeguarding"]).remove(0);
    assert_eq!(
        (str_of(&pool, "requirement"), str_of(&pool, "in_time")),
        ("1299.00 CNY".into(), "1315.00 CNY".into())
    );
    assert_eq!(str_of(&pool, "excess"), "16.00 CNY");
    let early = json(&["safeguarding", "--at", "12"]).remove(0);
    assert_eq!(str_of(&early, "requirement"), "0.00 CNY");
    let terms = json(&["terms"]);
    assert_eq!((terms.len(), &terms[3]["is"]["withdrawal"]["fee"]["fixed"]), (4, &json!("1.00 CNY")));

    for (args, said) in [
        (["owners", "--lang=zh"], "个人"),
        (["items", "--lang=zh"], "未清金额"),
        (["safeguarding", "--lang=zh"], "应存管"),
        (["terms", "--lang=en"], "life_ns  90 d"),
    ] {
        let page = longmen(&["wallet", args[0], text(dir.path()), args[1]]).expect(0).stdout;
        assert!(page.contains(said), "{page}");
    }
}

#[test]
fn a_shortfall_is_said_and_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let give = r#"{"key":"gift","product":{"case":{"open":{"pool":"emoney","moves":[{"debit":{"account":{"house":{"role":"suspense_debit"}}},"credit":{"account":{"owner":{"owner":"lilei","role":"wallet"}}},"sum":"40.00 CNY"}]}}}}"#;
    story(dir.path());
    assert_eq!(exec(dir.path(), give)[0]["outcome"], "done");
    let page = longmen(&["wallet", "safeguarding", text(dir.path())]).expect(0).stdout;
    assert!(page.contains("shortfall: pool emoney keeps 24.00 CNY less than it must"), "{page}");
    let page = longmen(&["wallet", "safeguarding", text(dir.path()), "--lang", "zh"]).expect(0).stdout;
    assert!(page.contains("缺口：资金池 emoney 少存管 24.00 CNY"), "{page}");
}

#[test]
fn entries_say_what_products_did() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    let page = longmen(&["entries", text(dir.path()), "--key", "out-sub"]).expect(0).stdout;
    assert!(page.contains("withdrawal submitted") && page.contains("emoney:CNY:payouts"), "{page}");
    let page = longmen(&["entries", text(dir.path()), "--key", "out-sub", "--lang", "zh"]).expect(0).stdout;
    assert!(page.contains("提现已提交银行"), "{page}");
    let entry =
        longmen(&["entries", text(dir.path()), "--key", "out-sub", "--json"]).expect(0).lines().remove(0);
    assert_eq!(entry["product"], json!({"withdrawal": {"went": {"withdrawal": "out", "to": "submitted"}}}));
    assert_eq!(entry["items"][0]["account"], "emoney:CNY:payouts");
    assert_eq!(
        (&entry["items"][0]["change"], &entry["items"][0]["amount"]),
        (&json!("open"), &json!("200.00"))
    );
    let of_card =
        longmen(&["entries", text(dir.path()), "--account", "tour-1:CNY:card", "--json"]).expect(0).lines();
    let keys: BTreeSet<String> = of_card.iter().map(|entry| str_of(entry, "key")).collect();
    assert_eq!(keys, ["auth", "fill-ok", "issue"].map(str::to_owned).into());
}

#[test]
fn refusals_are_told_in_chinese_and_their_names_stay() {
    let dir = tempfile::tempdir().unwrap();
    story(dir.path());
    let line = r#"{"key":"again","product":{"withdrawal":{"cancel":{"withdrawal":"out"}}}}"#;
    let ran =
        crate::common::longmen_with(&["exec", text(dir.path()), "--lang", "zh"], line.as_bytes()).expect(3);
    let result = ran.lines().remove(0);
    assert_eq!(
        (&result["reason"], &result["code"], &result["phase"]),
        (&json!("state_forbids"), &json!(404), &json!("submitted"))
    );
    assert_eq!(result["message"], "当前状态不允许这样做。 请重新查看：事情可能已经办妥，或需另走一路。");
    let page = longmen(&["entries", text(dir.path()), "--key", "again", "--lang", "zh"]).expect(0).stdout;
    assert!(page.contains("提现已提交银行：未过账"), "{page}");
}

#[test]
fn misspelt_commands_of_products_are_told_clearly() {
    let dir = tempfile::tempdir().unwrap();
    for (product, reason, field, said) in [
        (
            r#"{"hause":{"open":{}}}"#,
            "malformed_command",
            "product",
            "unknown variant `hause`, expected one of `house`",
        ),
        (
            r#"{"house":{"opne":{}}}"#,
            "malformed_command",
            "product",
            "unknown variant `opne`, expected one of `open`",
        ),
        (
            r#"{"house":{"open":{"pool":"e","curency":"CNY"}}}"#,
            "unknown_field",
            "curency",
            "expected `pool` or `currency`",
        ),
        (r#"{"house":{"open":{"pool":"e"}}}"#, "malformed_command", "product", "missing field `currency`"),
        (
            r#"{"house":{"invest":{"pool":"e","sum":12.5}}}"#,
            "malformed_command",
            "product",
            "floating point `12.5`",
        ),
        (r#"{"house":{"invest":{"pool":"e","sum":"12.50"}}}"#, "malformed_command", "product", "12.50"),
        (
            r#"{"house":{"invest":{"pool":"e:1","sum":"12.50 CNY"}}}"#,
            "malformed_command",
            "product",
            "not printable ASCII",
        ),
        (
            r#"{"card":{"issue":{"card":"c","owner":"o","terms":"t","expires_ns":"tomorrow"}}}"#,
            "malformed_time",
            "expires_ns",
            "write it like",
        ),
    ] {
        let result = exec(dir.path(), &format!(r#"{{"key":"k","product":{product}}}"#)).remove(0);
        let got = (str_of(&result, "outcome"), str_of(&result, "reason"), str_of(&result, "field"));
        assert_eq!(got, ("invalid".to_owned(), reason.to_owned(), field.to_owned()), "{result}");
        assert!(str_of(&result, "message").contains(said), "{result}");
    }
}
