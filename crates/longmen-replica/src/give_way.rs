//! Giving way: in the writer's process a replica comes second, and its checkpoints come last.

/// How nice a thread is; 0 is as the others, 19 the most.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nice {
    /// Reads the journal, or folds it in.
    Following = 5,
    /// Puts a checkpoint, for which nobody waits.
    Putting = 15,
}

/// Makes this thread, and those that it starts, give way to the others of the process where cores are short.
///
/// On Linux, where niceness is a thread's own; elsewhere nothing changes.
pub(crate) fn give_way(nice: Nice) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // A process that is nicer already stays so.
        let nicer = getpriority_process(None).map(|own| own.max(nice as i32));
        if let Err(error) = nicer.and_then(|nicer| setpriority_process(None, nicer)) {
            tracing::debug!(%error, ?nice, "a thread of the replica does not give way to the writer");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = nice;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn a_thread_gives_way_with_those_that_it_starts_and_no_other() {
        let own = || getpriority_process(None).unwrap();
        let before = own();
        for nice in [Nice::Following, Nice::Putting] {
            let gave_way = std::thread::spawn(move || {
                give_way(nice);
                [own(), std::thread::spawn(own).join().unwrap()]
            });
            assert_eq!(gave_way.join().unwrap(), [before.max(nice as i32); 2]);
        }
        assert_eq!(own(), before);
    }
}
