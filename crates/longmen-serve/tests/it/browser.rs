//! The page in a real browser, where there is one.

use std::net::SocketAddr;
use std::process::Command;

use crate::ledger::Fixture;

/// What a browser makes of a page after its script has run; nothing where there is no browser.
pub(crate) fn shown(at: SocketAddr, path: &str, lang: &str) -> Option<String> {
    let home = tempfile::tempdir().unwrap();
    let mut browser = Command::new(std::env::var_os("LONGMEN_CHROMIUM").unwrap_or_else(|| "chromium".into()));
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    browser.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    browser.args(["--virtual-time-budget=8000", "--dump-dom"]);
    browser.arg(format!("--user-data-dir={}", home.path().display())).arg(format!("--accept-lang={lang}"));
    browser.arg(format!("http://{at}/{path}"));
    match browser.output() {
        // Its words are in the script too, which is not what a person sees.
        Ok(output) => {
            let page = String::from_utf8_lossy(&output.stdout).into_owned();
            Some(page.split("<script").next().unwrap_or_default().to_owned())
        }
        Err(error) => {
            println!("skipped: there is no chromium ({error})");
            None
        }
    }
}

#[test]
fn a_person_sees_an_owner_an_account_an_entry_and_what_is_not_there() {
    let own = Fixture::new();
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "#/",
            "en",
            &["Client money", "covered", "Trial balance", "in balance", "following", "verified up to here"],
        ),
        (
            "#/owners/lilei",
            "en",
            &["<h1>lilei</h1>", "lilei:CNY:wallet", "tour-1:CNY:card", "799.00", "icbc", "requested"],
        ),
        (
            "#/accounts/alice",
            "en",
            &["<h1>alice</h1>", "101.00", "71.00", "role=\"img\"", "+100.00", "30.00"],
        ),
        ("#/entries/7", "en", &["<h1>7</h1>", "stay", "alice", "hotel"]),
        ("#/owners/nobody", "en", &["This does not exist here", "there is no owner nobody"]),
    ];
    for (path, lang, wanted) in cases {
        let Some(page) = shown(own.at, path, lang) else { return };
        let main = page.split("<main").nth(1).unwrap_or_default();
        let missing: Vec<_> = wanted.iter().filter(|text| !page.contains(**text)).collect();
        assert!(missing.is_empty(), "{path} has no {missing:?}: {main}");
        assert!(
            !main.contains("undefined") && !main.contains("NaN") && !page.contains("nullnull"),
            "{path}: {main}"
        );
    }
}

#[test]
fn the_page_speaks_chinese_where_the_browser_does() {
    let own = Fixture::new();
    let Some(page) = shown(own.at, "#/owners/lilei", "zh-CN") else { return };
    for text in ["lang=\"zh-CN\"", "子账户", "钱包", "可用余额", "已申请", "哈希链已校验至此"]
    {
        assert!(page.contains(text), "no {text}: {page}");
    }
}
