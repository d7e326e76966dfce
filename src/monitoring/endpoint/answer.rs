//! What is answered to whom.

use super::super::registry::Page;
use super::delivery::{Delivery, Text};
use super::last_scrape::LastScrape;
use hyper::header::{ALLOW, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The exposition format, as Prometheus wants to be told.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const PLAIN: &str = "text/plain; charset=utf-8";

/// The answer to one request. Hyper leaves the body of an answer to a HEAD away.
pub(super) fn answer<B>(
    request: &Request<B>,
    page: &Page,
    last: &LastScrape,
    delivery: &Arc<Delivery>,
) -> Response<Text> {
    let metrics = || {
        // Asked before the page is rendered: values that change between the two are not final.
        let is_final = last.is_final();
        // Whatever is wrong with the page, the next one may be better.
        match catch_unwind(AssertUnwindSafe(|| page.render())) {
            Ok(text) if is_final => (StatusCode::OK, Text::final_values(text, delivery), CONTENT_TYPE),
            Ok(text) => (StatusCode::OK, Text::plain(text), CONTENT_TYPE),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Text::plain("the page could not be made\n"), PLAIN),
        }
    };
    let path = request.uri().path();
    let (status, text, kind) = match (path, request.method()) {
        ("/metrics" | "/health" | "/", method) if !matches!(*method, Method::GET | Method::HEAD) => {
            (StatusCode::METHOD_NOT_ALLOWED, Text::plain("only GET and HEAD\n"), PLAIN)
        }
        ("/metrics", _) => metrics(),
        ("/health", _) => (StatusCode::OK, Text::plain("OK\n"), PLAIN),
        ("/", _) => (StatusCode::OK, Text::plain("dpac: the metrics are at /metrics\n"), PLAIN),
        _ => (StatusCode::NOT_FOUND, Text::plain("there is /metrics and /health\n"), PLAIN),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE_HEADER, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
