//! A progress bar when a person watches, nothing in a pipe.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A bar on standard error for a number of things; it draws itself only on a terminal.
pub(crate) fn bar(what: &'static str) -> ProgressBar {
    styled(what, "{msg} [{bar:30}] {percent}% {human_pos} of {human_len}, {rate} a second, {eta} left")
}

/// The same for bytes.
pub(crate) fn bytes_bar(what: &'static str) -> ProgressBar {
    styled(what, "{msg} [{bar:30}] {percent}% {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
}

/// The same for work whose parts are of different sorts.
pub(crate) fn share_bar(what: &'static str) -> ProgressBar {
    styled(what, "{msg} [{bar:30}] {percent}%, {eta} left")
}

fn styled(what: &'static str, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> ").with_key("rate", rate));
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// How many things in a second, without fractions of them.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is no less than 0, and far below what a double holds whole"
    )]
    let rate = HumanCount(state.per_sec() as u64);
    // A bar that cannot be drawn is nobody's failure.
    let _ = write!(out, "{rate}");
}
