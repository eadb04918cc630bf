//! Connections: accepted up to a bound, served, and ended in peace.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use longmen::Replica;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::lanes::Lanes;
use crate::metrics::Metrics;
use crate::{Error, Limits, Options, routes};

/// A server that answers out of a replica, on threads of its own, until it is told to end.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    running: Option<Running>,
    end_time: Duration,
}

#[derive(Debug)]
struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens and answers.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] where strangers could read the ledger, [`Error::Listen`] where the address is taken or is not this
    /// machine's, [`Error::Threads`].
    pub fn start(replica: Arc<Replica>, options: Options) -> Result<Self, Error> {
        options.check()?;
        let Options { listen, token, insecure, limits } = options;
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            // One for each place in a lane; lanes keep more from being asked for.
            .max_blocking_threads(limits.questions + limits.past_questions + limits.waiting + 1)
            .thread_name("longmen-serve")
            .enable_all()
            .build();
        let runtime = threads.map_err(Error::Threads)?;
        let listener = runtime.block_on(TcpListener::bind(listen));
        let of_listen = |source| Error::Listen { address: listen, source };
        let listener = listener.map_err(of_listen)?;
        let address = listener.local_addr().map_err(of_listen)?;
        let lanes = Lanes::new(&limits);
        let end_time = limits.end_time;
        let app = App { replica, token, is_open: insecure, limits, lanes, metrics: Metrics::new() };
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(serve(listener, Arc::new(app), async move { drop(stopped.await) }));
        Ok(Self { address, running: Some(Running { runtime, stop, task }), end_time })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the process is asked to end, by Ctrl-C or SIGTERM, and then ends.
    ///
    /// # Errors
    ///
    /// [`Error::Threads`] where signals cannot be waited for.
    pub fn run_until_signal(self) -> Result<(), Error> {
        let signals = async {
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::select! {
                _ = interrupt.recv() => Ok("interrupt"),
                _ = terminate.recv() => Ok("terminate"),
            }
        };
        if let Some(running) = &self.running {
            let name = running.runtime.block_on(signals).map_err(Error::Threads)?;
            tracing::info!(signal = name, "ending");
        }
        self.end();
        Ok(())
    }

    /// Takes no more requests, and ends when those are answered that are worked on, or their time is over.
    pub fn end(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        let Some(Running { runtime, stop, task }) = self.running.take() else { return };
        // Where nobody listens any more the task has ended already.
        let _ = stop.send(());
        let grace = Duration::from_millis(500);
        let ended = runtime.block_on(async { tokio::time::timeout(self.end_time + grace, task).await });
        if let Ok(Err(error)) = ended {
            tracing::error!(%error, "the server broke");
        }
        // A replay that nobody waits for any more is not waited for either.
        runtime.shutdown_timeout(grace);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.finish();
    }
}

async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    let limits = app.limits.clone();
    let router = routes::router(app);
    let (connections, graceful) = (Arc::new(Semaphore::new(limits.connections)), GracefulShutdown::new());
    let http = http(&limits);
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&connections).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let stream: TcpStream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Such as too many open files: others may end meanwhile.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.end_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off");
    }
}

fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout(limits.head_time);
    // What is somewhat too large gets an answer that says so; this is the end of what is looked at.
    http.max_buf_size(limits.head_bytes.saturating_mul(4).max(8 << 10));
    http
}
