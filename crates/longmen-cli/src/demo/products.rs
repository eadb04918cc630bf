//! The second act: the products of a wallet operator, on the same ledger.

use std::io::Write;
use std::path::Path;

use longmen::{Ledger, Stamp};

use super::{Page, short, unexpected};
use crate::lang::pick;
use crate::{Failure, Outcome, jsonl, wallet};

/// Something that happens: its Chinese name, a sentence in English and in Chinese, and the commands, as one would write
/// them for `longmen exec`.
struct Act {
    name: &'static str,
    en: &'static str,
    zh: &'static str,
    commands: &'static [&'static str],
}

const ACTS: &[Act] = &[
    Act {
        name: "开池",
        en: "A pool for client money, a channel, and the terms of what is offered.",
        zh: "开立资金池、渠道，发布各产品的条款。",
        commands: &[
            r#"{"key":"pool","product":{"house":{"open":{"pool":"emoney","currency":"CNY"}}}}"#,
            r#"{"key":"invest","product":{"house":{"invest":{"pool":"emoney","sum":"5000.00 CNY"}}}}"#,
            r#"{"key":"alipay","product":{"channel":{"open":{"channel":"alipay","kind":"alipay","pool":"emoney","currencies":["CNY"],"settles_within_ns":86400000000000}}}}"#,
            r#"{"key":"consumer","product":{"terms":{"set":{"terms":"consumer","is":{"wallet":{"binds":["bank_cn"],"spend_tier":1}}}}}}"#,
            r#"{"key":"top-up-terms","product":{"terms":{"set":{"terms":"topup","is":{"top_up":{"channels":["alipay"],"minimum":"1.00 CNY","refundable":true}}}}}}"#,
            r#"{"key":"card-terms","product":{"terms":{"set":{"terms":"tourcard","is":{"card":{"pool":"emoney","currency":"CNY","channels":["alipay"],"minimum_load":"100.00 CNY","maximum_load":"2000.00 CNY","cap":"2000.00 CNY","loads_max":10,"fee":{"rate_ppm":50000},"life_ns":7776000000000000,"at_expiry":"return","returns":"newest_first","reactivation":false}}}}}}"#,
            r#"{"key":"payout-terms","product":{"terms":{"set":{"terms":"payout","is":{"withdrawal":{"rails":["bank_cn"],"fee":{"rate_ppm":1000,"minimum":"1.00 CNY"}}}}}}}"#,
        ],
    },
    Act {
        name: "注册",
        en: "Li Lei registers, activates his wallet, is verified, and binds his bank account.",
        zh: "李雷注册、激活钱包、完成实名认证，并绑定提现银行账户。",
        commands: &[
            r#"{"key":"register","product":{"owner":{"register":{"owner":"lilei","kind":"customer","pool":"emoney","terms":"consumer","currencies":["CNY"]}}}}"#,
            r#"{"key":"activate","product":{"owner":{"activate":{"owner":"lilei"}}}}"#,
            r#"{"key":"verify","product":{"owner":{"verify":{"owner":"lilei","tier":1}}}}"#,
            r#"{"key":"bind","product":{"payee":{"add":{"owner":"lilei","payee":"icbc","rail":"bank_cn","currency":"CNY","token":"tok-6222"}}}}"#,
            r#"{"key":"bound","product":{"payee":{"verify":{"owner":"lilei","payee":"icbc"}}}}"#,
        ],
    },
    Act {
        name: "充值",
        en: "He tops up 1,000.00: asked for, received from the channel, applied to the wallet.",
        zh: "充值 1,000.00 元：发起、渠道到账、应用到钱包。",
        commands: &[
            r#"{"key":"load","product":{"top_up":{"request":{"target":{"wallet":{"owner":"lilei","currency":"CNY"}},"terms":"topup","channel":"alipay","sum":"1000.00 CNY"}}}}"#,
            r#"{"key":"load-in","product":{"top_up":{"receive":{"top_up":"load","channel":"alipay","reference":"ali-1","sum":"1000.00 CNY"}}}}"#,
            r#"{"key":"load-ok","product":{"top_up":{"apply":{"top_up":"load"}}}}"#,
        ],
    },
    Act {
        name: "预付卡",
        en: "A prepaid card for 90 days, loaded with 300.00 for a fee of 5 %; a shop authorises 88.00.",
        zh: "开一张 90 天预付卡，充入 300.00 元，手续费 5%；商店预授权 88.00 元。",
        commands: &[
            r#"{"key":"issue","product":{"card":{"issue":{"card":"tour-1","owner":"lilei","terms":"tourcard"}}}}"#,
            r#"{"key":"fill","product":{"top_up":{"request":{"target":{"card":{"card":"tour-1"}},"channel":"alipay","sum":"300.00 CNY"}}}}"#,
            r#"{"key":"fill-in","product":{"top_up":{"receive":{"top_up":"fill","channel":"alipay","reference":"ali-2","sum":"315.00 CNY"}}}}"#,
            r#"{"key":"fill-ok","product":{"top_up":{"apply":{"top_up":"fill"}}}}"#,
            r#"{"key":"auth","product":{"card":{"authorise":{"card":"tour-1","reference":"net-1","sum":"88.00 CNY"}}}}"#,
        ],
    },
    Act {
        name: "结算",
        en: "The channel pays what it has taken into the account for client money.",
        zh: "渠道把收到的款项结算到备付金账户。",
        commands: &[
            r#"{"key":"settle","product":{"channel":{"settle":{"channel":"alipay","items":["ali-1","ali-2"],"net":"1315.00 CNY","into":"reserve"}}}}"#,
        ],
    },
    Act {
        name: "提现",
        en: "He withdraws 200.00, fee 1.00, and then 50.00 more: one is at the bank, the other still waits.",
        zh: "提现 200.00 元，手续费 1.00 元；再提 50.00 元：一笔已交银行，一笔还在等候。",
        commands: &[
            r#"{"key":"out","product":{"withdrawal":{"request":{"owner":"lilei","sum":"200.00 CNY","payee":"icbc","terms":"payout","due_ns":DUE}}}}"#,
            r#"{"key":"out-sub","product":{"withdrawal":{"submit":{"withdrawal":"out"}}}}"#,
            r#"{"key":"out-2","product":{"withdrawal":{"request":{"owner":"lilei","sum":"50.00 CNY","payee":"icbc","terms":"payout","due_ns":DUE}}}}"#,
        ],
    },
];

/// Plays the act; gives back the stamp of its last entry.
pub(super) fn play<W: Write>(ledger: &Ledger, page: &mut Page<W>, first: Stamp) -> Result<Stamp, Failure> {
    let mut last = first;
    for act in ACTS {
        page.act(act.name, pick(act.en, act.zh))?;
        let from = last.position.saturating_add(1);
        for command in act.commands {
            // A bank takes two days at most.
            let due_ns = last.time_ns.saturating_add(2 * 86_400_000_000_000);
            let command = command.replace("DUE", &due_ns.to_string());
            let command = jsonl::parse(&command).map_err(|invalid| Failure::Ledger(invalid.message))?;
            let receipt = ledger.submit(command).wait()?;
            last = receipt.accepted().map_err(unexpected)?;
        }
        let entries = match (from, last.position) {
            (from, to) if from == to => format!("{} {to:<8}", pick("entry", "分录")),
            (from, to) => format!("{} {:<8}", pick("entries", "分录"), format!("{from}–{to}")),
        };
        let mark = page.style.green("✓");
        page.answer(&mark, &page.style.dim(&format!("{entries} {}", short(last))))?;
    }
    Ok(last)
}

/// Prints the wallet as the operator's counter sees it, and what is safeguarded.
pub(super) fn shown<W: Write>(dir: &Path, page: &mut Page<W>) -> Outcome {
    wallet::print_owner(dir, "lilei", page.style, &mut page.out)?;
    page.line("")?;
    wallet::print_safeguarding(dir, page.style, &mut page.out)
}
