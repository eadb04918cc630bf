//! Running the binary.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// What one run of the binary came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Every line of standard output as JSON.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longmen"));
    // The language of whoever runs the tests must not matter.
    command.args(args).env_remove("LONGMEN_LOG").env("LC_ALL", "C");
    command
}

/// Runs the binary with no input where the environment asks for a language.
pub(crate) fn longmen_in(locale: &str, args: &[&str]) -> Ran {
    Ran::of(command(args).env("LC_ALL", locale).stdin(Stdio::null()).output().expect("the binary runs"))
}

/// Runs the binary with no input.
pub(crate) fn longmen(args: &[&str]) -> Ran {
    Ran::of(command(args).stdin(Stdio::null()).output().expect("the binary runs"))
}

/// Runs the binary with this input.
pub(crate) fn longmen_with(args: &[&str], input: &[u8]) -> Ran {
    let mut child = piped(args);
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // On a thread of its own: the answers would fill their pipe otherwise.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the binary runs");
    writer.join().expect("no panic").expect("the input is read");
    Ran::of(output)
}

fn piped(args: &[&str]) -> Child {
    let mut command = command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
}

pub(crate) fn text(dir: &Path) -> &str {
    dir.to_str().expect("UTF-8")
}

/// Carries out commands on a ledger that is created if need be; gives back the results.
#[track_caller]
pub(crate) fn exec(dir: &Path, lines: &str) -> Vec<Value> {
    let ran = longmen_with(&["exec", text(dir), "--create"], lines.as_bytes());
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
    ran.lines()
}

/// The `exec` command kept open, as a program in another language would.
pub(crate) struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    pub(crate) fn start(dir: &Path) -> Self {
        let mut child = piped(&["exec", text(dir), "--create"]);
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, input, output }
    }

    /// Writes one line.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the process reads");
    }

    /// Writes one line and waits for an answer.
    pub(crate) fn ask(&mut self, line: &str) -> Value {
        self.tell(line);
        self.answer()
    }

    /// Waits for the next answer.
    pub(crate) fn answer(&mut self) -> Value {
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("the process answers");
        serde_json::from_str(&answer).expect(&answer)
    }

    /// Ends the input; gives back the exit code.
    pub(crate) fn end(mut self) -> i32 {
        drop(self.input);
        self.child.wait().expect("it ends").code().expect("it was not killed")
    }
}

/// Three accounts and 300.00 CNY for Alice.
pub(crate) const OPENING: &str = concat!(
    r#"{"key":"open-bank","open":{"account":"bank:cny","currency":"CNY","class":"asset"}}"#,
    "\n",
    r#"{"key":"open-alice","open":{"account":"alice:cny","currency":"CNY","class":"liability"}}"#,
    "\n",
    r#"{"key":"open-shop","open":{"account":"shop:cny","currency":"CNY","class":"liability"}}"#,
    "\n",
    r#"{"key":"top-up","transfer":{"debit":"bank:cny","credit":"alice:cny","amount":"300.00","currency":"CNY"}}"#,
    "\n",
);

/// The available balance of every account, by name.
#[track_caller]
pub(crate) fn available(dir: &Path) -> Vec<(String, String)> {
    let lines = longmen(&["balance", text(dir), "--json"]).expect(0).lines();
    lines.iter().map(|line| (str_of(line, "account"), str_of(line, "available"))).collect()
}

#[track_caller]
pub(crate) fn str_of(line: &Value, field: &str) -> String {
    line[field].as_str().unwrap_or_else(|| panic!("{field} of {line}")).to_owned()
}
