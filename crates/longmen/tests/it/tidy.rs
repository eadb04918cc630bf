//! The rules of the house, as tests: who may know whom, who owns which outside crate, how long a file may be.
//!
//! `docs/architecture.md` says the same in words. Whoever changes a table here changes the architecture.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The workspace crates that each workspace crate may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("longmen-money", &[]),
    ("longmen-core", &["longmen-money"]),
    ("longmen-journal", &[]),
    // The journal is the door to BLAKE3, and its storage is the one that the power cuts are simulated on.
    ("longmen-secret", &["longmen-journal"]),
    ("longmen-wallet", &["longmen-core", "longmen-money"]),
    ("longmen-wire", &["longmen-wallet", "longmen-core", "longmen-money"]),
    (
        "longmen-engine",
        &["longmen-journal", "longmen-wire", "longmen-wallet", "longmen-core", "longmen-money"],
    ),
    (
        "longmen-audit",
        &["longmen-journal", "longmen-wire", "longmen-wallet", "longmen-core", "longmen-money"],
    ),
    // It sees what is committed, never the writer's memory.
    (
        "longmen-replica",
        &["longmen-journal", "longmen-wire", "longmen-wallet", "longmen-core", "longmen-money"],
    ),
    (
        "longmen",
        &[
            "longmen-audit",
            "longmen-engine",
            "longmen-replica",
            "longmen-secret",
            "longmen-wire",
            "longmen-wallet",
            "longmen-journal",
            "longmen-core",
            "longmen-money",
        ],
    ),
    // The money crate reads the decimals of a statement for the command line.
    ("longmen-cli", &["longmen", "longmen-serve"]),
    // It can only look: all it gets is a replica.
    ("longmen-serve", &["longmen"]),
    ("longmen-bench", &["longmen"]),
    // Its workloads are commands of the core.
    ("longmen-sim", &["longmen-journal", "longmen-core", "longmen-money"]),
];

/// The workspace crates that may depend on each outside crate.
const OWNERS: &[(&str, &[&str])] = &[
    ("rust_decimal", &["longmen-money"]),
    ("iso_currency", &["longmen-money"]),
    // The core and the wallet are one state machine in two crates.
    ("hashbrown", &["longmen-core", "longmen-wallet"]),
    ("foldhash", &["longmen-core", "longmen-wallet"]),
    ("smallvec", &["longmen-core", "longmen-wallet"]),
    ("blake3", &["longmen-journal"]),
    ("crc32c", &["longmen-journal"]),
    // Salts, keys, and by what a browser knows the page's own script.
    ("getrandom", &["longmen-journal", "longmen-secret", "longmen-serve"]),
    ("chacha20poly1305", &["longmen-secret"]),
    ("zeroize", &["longmen-secret"]),
    ("rkyv", &["longmen-wire"]),
    ("crossbeam-channel", &["longmen-engine"]),
    ("oneshot", &["longmen-engine"]),
    ("arc-swap", &["longmen-engine"]),
    // Those who wait for a position, in the writer's process and beside it.
    ("event-listener", &["longmen-engine", "longmen-replica"]),
    ("rustix", &["longmen-replica"]),
    ("sled", &["longmen-replica"]),
    ("siphasher", &["longmen-engine", "longmen-audit"]),
    ("clap", &["longmen-cli"]),
    ("csv", &["longmen-cli"]),
    ("encoding_rs", &["longmen-cli"]),
    ("indicatif", &["longmen-cli"]),
    ("jiff", &["longmen-cli", "longmen-serve"]),
    // What products say has one description, for people (JSON) and for the journal (postcard).
    (
        "serde",
        &[
            "longmen-money",
            "longmen-core",
            "longmen-wallet",
            "longmen-wire",
            "longmen-replica",
            "longmen-serve",
            "longmen-cli",
        ],
    ),
    // The journal's facts, and the replica's rows, which nobody else reads.
    ("postcard", &["longmen-wire", "longmen-replica"]),
    ("serde_json", &["longmen-serve", "longmen-cli"]),
    // HTTP, its threads and what monitors read stay in one room; hyper is what axum stands on, for the bounds of a
    // connection that axum does not set.
    ("axum", &["longmen-serve"]),
    ("hyper", &["longmen-serve"]),
    ("hyper-util", &["longmen-serve"]),
    ("prometheus-client", &["longmen-serve"]),
    ("subtle", &["longmen-serve"]),
    ("tokio", &["longmen-serve"]),
    ("tracing-subscriber", &["longmen-cli"]),
    ("criterion", &["longmen-bench"]),
    ("hdrhistogram", &["longmen-bench", "longmen-cli"]),
];

/// Outside crates that any of ours may depend on.
const SHARED: &[&str] = &["thiserror", "tracing"];

/// The crates that can name no file, no clock and no thread.
const NO_STD: &[&str] = &["longmen-money", "longmen-core", "longmen-wallet"];

const LINES_MAX: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

/// What is wrong with a package's normal and build dependencies.
fn check_dependencies(package: &Package, ours: &[String]) -> Vec<String> {
    let name = package.name.as_str();
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
        return vec![format!("{name} is not in the table of layers")];
    };
    let normal =
        package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    normal.filter_map(|dependency| fault_of(name, &dependency.name, allowed, ours)).collect()
}

fn fault_of(name: &str, dependency: &str, allowed: &[&str], ours: &[String]) -> Option<String> {
    if ours.iter().any(|our| our == dependency) {
        return (!allowed.contains(&dependency)).then(|| format!("{name} may not know {dependency}"));
    }
    if SHARED.contains(&dependency) {
        return None;
    }
    match OWNERS.iter().find(|(outside, _)| *outside == dependency) {
        None => Some(format!("{name}: {dependency} has no owner")),
        Some((_, owners)) if owners.contains(&name) => None,
        Some((_, owners)) => Some(format!("{name}: {dependency} belongs to {}", owners.join(", "))),
    }
}

#[test]
fn every_crate_knows_only_those_it_may() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let ours: Vec<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let faults: Vec<String> =
        packages.iter().flat_map(|package| check_dependencies(package, &ours)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_tables_can_say_no() {
    let ours = ["longmen-core", "longmen-journal"].map(str::to_owned);
    let faults = [
        fault_of("longmen-journal", "longmen-core", &[], &ours),
        fault_of("longmen-engine", "blake3", &["longmen-journal"], &ours),
        fault_of("longmen-engine", "rand", &["longmen-journal"], &ours),
    ];
    assert!(faults.iter().all(Option::is_some), "{faults:?}");
    assert_eq!(fault_of("longmen-journal", "blake3", &[], &ours), None);
}

/// Every Rust file that is ours, with its text.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.insert(path.clone(), std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(found.len() > 50);
    found
}

#[test]
fn no_file_is_too_long_and_none_is_unsafe() {
    let mut faults = Vec::new();
    let unsafe_word = format!("{}safe ", "un");
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{}: {lines} lines", path.display()));
        }
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        if code.into_iter().any(|line| line.contains(&unsafe_word)) {
            faults.push(format!("{}: {unsafe_word}", path.display()));
        }
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_crate_takes_the_one_table_of_lints() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", package.name);
    }
}

#[test]
fn the_pure_crates_have_no_standard_library() {
    for name in NO_STD {
        let path = root().join("crates").join(name).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().any(|line| line == "#![no_std]"), "{}", path.display());
    }
}

fn document(path: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(path)).unwrap()
}

/// Everything between back quotes, with the number of its line.
fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.flat_map(|(no, line)| line.split('`').skip(1).step_by(2).map(move |quoted| (no, quoted)))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The tests that a document names and that do not exist.
///
/// A test is named as `` `crate::module::test` `` or `` `test` ``, and the last part is looked for. Words joined by
/// fewer than two underscores, and reasons for refusals, are no tests.
fn missing_tests(path: &str, text: &str, sources: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let reasons = document("refusals.md");
    let mut faults = Vec::new();
    for (no, quoted) in quoted(text) {
        let name = quoted.rsplit("::").next().unwrap_or_default();
        let is_test =
            is_word(name) && name.matches('_').count() >= 2 && !reasons.contains(&format!("`{name}`"));
        let defined = format!("fn {name}(");
        if is_test && !sources.values().any(|text| text.contains(&defined)) {
            faults.push(format!("docs/{path}:{no}: there is no test `{name}`"));
        }
    }
    faults
}

#[test]
fn every_test_that_a_document_names_exists() {
    let sources = sources();
    let mut faults = Vec::new();
    for path in ["guarantees.md", "coverage.md"] {
        faults.extend(missing_tests(path, &document(path), &sources));
    }
    for entry in std::fs::read_dir(root().join("docs/products")).unwrap() {
        let path = format!("products/{}", entry.unwrap().file_name().to_string_lossy());
        let text = document(&path);
        // Before that, a page of a room quotes fields as well.
        let covers = text.split_once("\n## Covers").map_or("", |(_, covers)| covers);
        faults.extend(missing_tests(&path, covers, &sources));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(
        missing_tests("x", "`no_such_test_as_this`, `a_word`, `posting_not_permitted`", &sources).len(),
        1
    );
}

/// The ids that `docs/coverage.md` has a row for.
fn coverage_ids() -> Vec<String> {
    let numbered = |letters: &'static str, most: u32, width: usize| {
        (1..=most).map(move |no| format!("{letters}{no:0width$}"))
    };
    let mut ids: Vec<String> = numbered("M", 20, 2).filter(|id| id != "M16").collect();
    ids.extend(["M03b", "M16a", "M16b", "(a)", "(b)", "(c)", "(d)", "(e)"].map(str::to_owned));
    for (letters, most) in [("T", 18), ("ST", 11), ("R", 15), ("F", 16), ("E", 50), ("", 18)] {
        ids.extend(numbered(letters, most, 1));
    }
    ids
}

#[test]
fn everything_that_the_texts_say_has_a_row_without_an_empty_field() {
    let coverage = document("coverage.md");
    let rows: Vec<Vec<&str>> = coverage
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut faults = Vec::new();
    for id in coverage_ids() {
        let own: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == id).collect();
        if own.len() != 1 || own.iter().any(|row| row.iter().any(|field| field.is_empty())) {
            faults.push(format!("{id}: {} rows", own.len()));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The commands of every product as `room.command`, read from where their enums are declared.
fn product_commands(sources: &BTreeMap<PathBuf, String>) -> BTreeSet<String> {
    let wallet = root().join("crates/longmen-wallet/src");
    let mut commands = BTreeSet::new();
    for text in sources.iter().filter(|(path, _)| path.starts_with(&wallet)).map(|(_, text)| text) {
        for declared in text.split("pub enum ").skip(1) {
            let Some((room, body)) = declared.split_once("Command {\n") else { continue };
            // Of another enum, with a command somewhere behind it.
            if !room.chars().all(|c| c.is_ascii_alphanumeric()) {
                continue;
            }
            let variants = body.split("\n}").next().unwrap_or_default().lines();
            let variants = variants.filter_map(|line| line.strip_prefix("    "));
            for variant in variants.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase())) {
                let name: String = variant.chars().take_while(char::is_ascii_alphanumeric).collect();
                commands.insert(format!("{}.{}", snake_case(room), snake_case(&name)));
            }
        }
    }
    assert!(commands.len() > 90, "{commands:?}");
    commands
}

#[test]
fn the_commands_that_coverage_names_are_all_there_are() {
    let commands = product_commands(&sources());
    let coverage = document("coverage.md");
    let rooms: BTreeSet<&str> =
        commands.iter().filter_map(|own| own.split_once('.')).map(|own| own.0).collect();
    let named: BTreeSet<&str> = quoted(&coverage)
        .filter_map(|(_, text)| text.split_once('.').map(|(room, command)| (text, room, command)))
        .filter(|(_, room, command)| is_word(room) && is_word(command) && *command != "rs")
        .map(|(text, ..)| text)
        .collect();
    let unknown: Vec<&&str> = named.iter().filter(|text| !commands.contains(**text)).collect();
    assert!(unknown.is_empty(), "docs/coverage.md names no commands: {unknown:?}");
    let silent: Vec<&String> = commands.iter().filter(|own| !named.contains(own.as_str())).collect();
    assert!(silent.is_empty(), "docs/coverage.md does not name {silent:?}");
    let page = document("products/README.md");
    let lost: Vec<&&str> = rooms.iter().filter(|room| !page.contains(&format!("`{room}`"))).collect();
    assert!(lost.is_empty(), "docs/products/README.md does not list the rooms {lost:?}");
}
