//! What is wrong with a request, as RFC 9457 writes it down.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use longmen::replica::{Error, StoreError};
use longmen::{JournalError, Stamp};
use serde_json::json;

use crate::answer::{name, say_times, stamp};

macro_rules! codes {
    ($($code:ident = $name:literal, $status:ident, $title:literal;)+) => {
        /// What is wrong, in a word that stays.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Code { $($code,)+ }

        impl Code {
            /// Every code, for the document and its test.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$code,)+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)+ }
            }

            fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }
        }
    };
}

codes! {
    UnknownRoute = "unknown_route", NOT_FOUND, "There is no such route";
    Method = "method_not_allowed", METHOD_NOT_ALLOWED, "The route takes other methods";
    NoToken = "no_token", UNAUTHORIZED, "A token is needed";
    WrongToken = "wrong_token", UNAUTHORIZED, "The token is another one";
    ForeignHost = "foreign_host", MISDIRECTED_REQUEST, "The request was meant for another host";
    HeadTooLarge = "head_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body of the request is too large";
    NotJson = "not_json", UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON";
    BadBody = "bad_body", BAD_REQUEST, "The body is not what is expected";
    BadName = "bad_name", BAD_REQUEST, "What is given is no name";
    BadPosition = "bad_position", BAD_REQUEST, "What is given is no position";
    BadTime = "bad_time", BAD_REQUEST, "What is given is no time";
    BadPeriod = "bad_period", BAD_REQUEST, "What is given is no end of a period";
    BadDay = "bad_day", BAD_REQUEST, "What is given is no day";
    BadNumber = "bad_number", BAD_REQUEST, "What is given is no such number";
    BadWord = "bad_word", BAD_REQUEST, "What is given is none of the words";
    BadAmount = "bad_amount", BAD_REQUEST, "What is given is no amount";
    PageSize = "page_size", BAD_REQUEST, "No page has so many items";
    BadQuestion = "bad_question", BAD_REQUEST, "The question makes no sense";
    BadCursor = "bad_cursor", BAD_REQUEST, "The cursor cannot be used";
    UnknownParameter = "unknown_parameter", BAD_REQUEST, "The route has no such parameter";
    RepeatedParameter = "repeated_parameter", BAD_REQUEST, "A parameter is given twice";
    OneOf = "conflicting_parameters", BAD_REQUEST, "Parameters exclude each other";
    UnknownAccount = "unknown_account", NOT_FOUND, "There is no such account";
    UnknownOwner = "unknown_owner", NOT_FOUND, "There is no such owner";
    UnknownCard = "unknown_card", NOT_FOUND, "There is no such card";
    UnknownWithdrawal = "unknown_withdrawal", NOT_FOUND, "There is no such withdrawal";
    UnknownSet = "unknown_set", NOT_FOUND, "There is no such set";
    UnknownThing = "unknown_thing", NOT_FOUND, "There is no such thing";
    Forked = "forked", CONFLICT, "The cursor is not of this journal";
    Future = "future_position", NOT_FOUND, "The ledger has not come to that position";
    BeforeFirst = "before_first", NOT_FOUND, "The ledger begins later";
    NotYet = "not_yet", SERVICE_UNAVAILABLE, "The position was not reached in time";
    Rebuilding = "rebuilding", SERVICE_UNAVAILABLE, "The replica is being built again";
    Stopped = "stopped", SERVICE_UNAVAILABLE, "The replica follows no more";
    Busy = "busy", SERVICE_UNAVAILABLE, "Too many requests at once";
    TooSlow = "too_slow", GATEWAY_TIMEOUT, "The answer takes too long";
    Damaged = "damaged", INTERNAL_SERVER_ERROR, "The ledger cannot be read";
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed";
}

impl Code {
    /// After how many seconds the same request may well succeed.
    pub(crate) fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::NotYet | Self::Busy => Some("1"),
            Self::Rebuilding => Some("5"),
            _ => None,
        }
    }
}

/// A refusal: what is wrong, and what to do.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    /// The entry after which it is so, where it is so of one.
    at: Option<Box<Stamp>>,
    /// What is wrong with the replica's rows, if that is why.
    pub(crate) rows: Option<Box<StoreError>>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), at: None, rows: None }
    }

    /// The same, said of the ledger as it was after this entry.
    pub(crate) fn at(self, at: Stamp) -> Self {
        Self { at: Some(Box::new(at)), ..self }
    }

    pub(crate) fn internal(what: &str) -> Self {
        Self::new(Code::Internal, format!("{what}; please report it"))
    }

    /// There is no such thing at this position.
    pub(crate) fn unknown(what: &str, name: &str) -> Self {
        let code = match what {
            "account" => Code::UnknownAccount,
            "owner" => Code::UnknownOwner,
            "card" => Code::UnknownCard,
            "withdrawal" => Code::UnknownWithdrawal,
            "set" => Code::UnknownSet,
            _ => Code::UnknownThing,
        };
        Self::new(
            code,
            format!("there is no {what} {name} at this position; check the name and the position"),
        )
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Unknown { what, name } => return Self::unknown(what, name),
            Error::Future { .. } => Code::Future,
            Error::BeforeFirst { .. } => Code::BeforeFirst,
            Error::NotYet { .. } => Code::NotYet,
            Error::Rebuilding { .. } => Code::Rebuilding,
            Error::Stopped { .. } | Error::Closed => Code::Stopped,
            Error::Cursor { .. } => Code::BadCursor,
            Error::Journal(JournalError::Forked { .. } | JournalError::Cut { .. }) => Code::Forked,
            Error::Question { .. } => Code::BadQuestion,
            Error::Thread(_) => Code::Busy,
            _ => Code::Damaged,
        };
        if code == Code::Damaged {
            tracing::error!(%error, "a question could not be answered");
        }
        let detail = error.to_string();
        let rows = if let Error::Store(error) = error { Some(Box::new(error)) } else { None };
        Self { rows, ..Self::new(code, detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("urn:longmen:problem:{}", self.code.name()),
            "title": self.code.title(),
            "status": self.code.status().as_u16(),
            "code": self.code.name(),
            "detail": self.detail,
        });
        if let Some(at) = self.at.as_deref() {
            body["at"] = stamp(*at);
            say_times(&mut body);
        }
        let mut response = (self.code.status(), body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(at) = self.at {
            name(headers, *at);
        }
        if let Some(seconds) = self.code.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"longmen\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_title_of_its_own() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let titles: BTreeSet<_> = Code::ALL.iter().map(|code| code.title()).collect();
        assert_eq!((names.len(), titles.len()), (Code::ALL.len(), Code::ALL.len()));
    }
}
