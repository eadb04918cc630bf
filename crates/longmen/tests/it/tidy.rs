//! The rules of the house, as tests: who may know whom, who owns which outside crate, how long a file may be.
//!
//! `docs/architecture.md` says the same in words. Whoever changes a table here changes the architecture.

use std::collections::BTreeMap;
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
    (
        "longmen",
        &[
            "longmen-audit",
            "longmen-engine",
            "longmen-secret",
            "longmen-wire",
            "longmen-wallet",
            "longmen-journal",
            "longmen-core",
            "longmen-money",
        ],
    ),
    // The money crate reads the decimals of a statement for the command line.
    ("longmen-cli", &["longmen"]),
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
    ("getrandom", &["longmen-journal", "longmen-secret"]),
    ("chacha20poly1305", &["longmen-secret"]),
    ("zeroize", &["longmen-secret"]),
    ("rkyv", &["longmen-wire"]),
    ("crossbeam-channel", &["longmen-engine"]),
    ("oneshot", &["longmen-engine"]),
    ("siphasher", &["longmen-engine", "longmen-audit"]),
    ("clap", &["longmen-cli"]),
    ("csv", &["longmen-cli"]),
    ("encoding_rs", &["longmen-cli"]),
    ("indicatif", &["longmen-cli"]),
    ("jiff", &["longmen-cli"]),
    // What products say has one description, for people (JSON) and for the journal (postcard).
    ("serde", &["longmen-money", "longmen-core", "longmen-wallet", "longmen-wire", "longmen-cli"]),
    ("postcard", &["longmen-wire"]),
    ("serde_json", &["longmen-cli"]),
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

/// A line of the guarantees names its test as `` `crate::module::test` `` or `` `test` ``; the last part is looked for.
#[test]
fn every_test_that_a_guarantee_names_exists() {
    let Ok(guarantees) = std::fs::read_to_string(root().join("docs/guarantees.md")) else { return };
    let sources = sources();
    let mut faults = Vec::new();
    for (no, line) in guarantees.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let name = quoted.rsplit("::").next().unwrap_or_default();
            let is_test_name =
                name.matches('_').count() >= 2 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let defined = format!("fn {name}(");
            if is_test_name && !sources.values().any(|text| text.contains(&defined)) {
                faults.push(format!("docs/guarantees.md:{}: there is no test `{name}`", no + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
