//! What every request goes through before a route sees it, and what every answer gets on its way out.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::problem::{Code, Problem};

/// How many requests are worked on at once, counted.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    app: Arc<App>,
    places: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn new(app: Arc<App>) -> Self {
        let places = Arc::new(Semaphore::new(app.limits.requests));
        Self { app, places }
    }
}

/// What keeps browsers from doing more with an answer than to show it.
const GUARDS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "private, no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Measures, bounds and logs a request, and lets it in.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (app, method) = (&gate.app, request.method().clone());
    // Names of routes are few; what a client makes up is not counted by its name.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    app.metrics.in_flight.inc();
    let _leaves = Leaves(app);
    let mut response = match gate.places.try_acquire() {
        Ok(_place) => let_in(app, request, next).await,
        Err(_) => {
            let detail =
                format!("{} requests are worked on already; try again in a second", app.limits.requests);
            Problem::new(Code::Busy, detail).into_response()
        }
    };
    for (name, value) in GUARDS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    let (took, status) = (begun.elapsed(), response.status().as_u16());
    app.metrics.answered(&route, status, took);
    tracing::info!(%method, route, status, ?took, "answered");
    response
}

/// Counts a request out, also where the client has gone before the answer.
struct Leaves<'a>(&'a App);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

async fn let_in(app: &App, request: Request<Body>, next: Next) -> Response {
    tracing::debug!(uri = %request.uri(), "asked");
    if let Err(problem) = check(app, &request) {
        return problem.into_response();
    }
    let longest = app.limits.request_time;
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let seconds = longest.as_secs_f64();
            let detail =
                format!("there was no answer within {seconds} s; ask for less, or for a later position");
            Problem::new(Code::TooSlow, detail).into_response()
        }
    }
}

fn check(app: &App, request: &Request) -> Result<(), Problem> {
    let line = request.uri().path_and_query().map_or(0, |line| line.as_str().len());
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if line + fields.sum::<usize>() > app.limits.head_bytes {
        let detail =
            format!("address and header fields have more than {} bytes; send less", app.limits.head_bytes);
        return Err(Problem::new(Code::HeadTooLarge, detail));
    }
    match &app.token {
        Some(token) if needs_token(request.uri().path()) => {
            let shown = bearer(request.headers()).ok_or_else(|| {
                Problem::new(Code::NoToken, "send the server's token as `Authorization: Bearer TOKEN`")
            })?;
            let detail = "this is not the server's token; ask whoever runs it";
            if token.is(shown) { Ok(()) } else { Err(Problem::new(Code::WrongToken, detail)) }
        }
        // A page from elsewhere can give its own name this machine's address, and then ask in the reader's name.
        None if !app.is_open && !is_loopback(request) => Err(Problem::new(
            Code::ForeignHost,
            "without a token only requests to localhost, 127.0.0.1 or [::1] are answered; call it by one of these",
        )),
        _ => Ok(()),
    }
}

/// The page itself says nothing of the ledger, and its reader enters the token there.
fn needs_token(path: &str) -> bool {
    path.starts_with("/v1/") || path == "/metrics"
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let shown = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = shown.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

fn is_loopback(request: &Request) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next(),
        None => host.split(':').next(),
    };
    name.is_some_and(|name| ["localhost", "127.0.0.1", "::1"].contains(&name))
}
