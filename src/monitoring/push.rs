//! The final values of a run, pushed to a Pushgateway: for runs that are shorter than a scrape interval, or
//! that nobody can reach.

use super::endpoint::CONTENT_TYPE;
use std::io::{self, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use thiserror::Error;
use ureq::http::header::LOCATION;
use ureq::http::{StatusCode, Uri};

/// Longest wait for a gateway, with all its redirects.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Redirects that are followed, one after another.
const REDIRECTS_MAX: usize = 5;
/// What is shown of a gateway's own words.
const WORDS_MAX: usize = 200;

/// A gateway at whose address somebody listens.
pub struct Gateway {
    agent: ureq::Agent,
    /// Without a slash at its end.
    url: String,
}

/// A gateway that cannot be used, or has not taken what was pushed. No message holds what stands before the
/// @ of an address.
#[derive(Debug, Error)]
pub enum PushError {
    /// No address of a gateway.
    #[error(
        "{0:?} is no address of a Pushgateway: it has to begin with http://, and to have a host and no ? or #"
    )]
    Address(String),
    /// An address that needs encryption.
    #[error(
        "{0:?}: https is not spoken; push to a proxy of this machine that speaks it, such as nginx or stunnel, or to an http:// address"
    )]
    Https(String),
    /// Nobody listens, or nobody answers.
    #[error("the Pushgateway at {url} cannot be used: {error}")]
    Gateway {
        /// Its address.
        url: String,
        /// What went wrong.
        error: String,
    },
    /// It answers, and does not take the push.
    #[error("the Pushgateway at {url} has not taken the push: it answers {status}{words}")]
    Status {
        /// Its address.
        url: String,
        /// Its answer.
        status: StatusCode,
        /// Its own words, after a colon, if it has any.
        words: String,
    },
    /// It sends the push elsewhere, in a way in which nothing would arrive.
    #[error(
        "the Pushgateway at {url} has not taken the push: it answers {status}, with which a push does not arrive at {to}; name an address that needs no redirect"
    )]
    Redirect {
        /// Its address.
        url: String,
        /// Its answer.
        status: StatusCode,
        /// Where it points.
        to: String,
    },
    /// It sends the push on and on.
    #[error(
        "the Pushgateway at {url} has not taken the push: after {REDIRECTS_MAX} redirects it is sent on to {to}"
    )]
    Redirects {
        /// Its address.
        url: String,
        /// Where it points at last.
        to: String,
    },
}

impl Gateway {
    /// Looks at an address, and whether somebody listens there. Nothing is asked of whoever does: not every
    /// receiver of pushes answers to more than that.
    ///
    /// # Errors
    /// [`PushError`]
    pub fn new(url: &str) -> Result<Self, PushError> {
        let (uri, (host, port)) = target(url)?;
        let gateway = |error: io::Error| PushError::Gateway { url: masked(url), error: error.to_string() };
        let until = Instant::now() + TIMEOUT;
        let mut last = io::Error::other("its name has no address");
        let mut found = None;
        for address in (host.as_str(), port).to_socket_addrs().map_err(gateway)? {
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => found = Some(stream),
                Err(error) => last = error,
            }
            if found.is_some() {
                break;
            }
        }
        found.ok_or(last).map_err(gateway)?;
        // Redirects and refusals are looked at here.
        let config = ureq::Agent::config_builder().proxy(None).max_redirects(0).http_status_as_error(false);
        Ok(Gateway { agent: config.build().into(), url: uri.to_string().trim_end_matches('/').to_owned() })
    }

    /// Replaces what the gateway has of this run. Follows redirects that keep method and body, 307 and 308,
    /// and takes nothing for success but an answer that is one.
    ///
    /// # Errors
    /// [`PushError`]
    pub fn push(&self, run: &str, page: &str) -> Result<(), PushError> {
        let until = Instant::now() + TIMEOUT;
        let mut url = format!("{}/metrics/job/dpac/run/{}", self.url, encoded(run));
        for _ in 0..=REDIRECTS_MAX {
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let request = self.agent.put(&url).content_type(CONTENT_TYPE);
            let sent = request.config().timeout_global(Some(left)).build().send(page);
            let mut answer =
                sent.map_err(|error| PushError::Gateway { url: masked(&self.url), error: in_words(&error) })?;
            let status = answer.status();
            if status.is_success() {
                return Ok(());
            }
            let location =
                answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let kept = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            match location {
                Some(to) if kept => url = followed(&url, &to)?,
                Some(to) if status.is_redirection() => {
                    return Err(PushError::Redirect {
                        url: masked(&self.url),
                        status,
                        to: masked(&visible(&to)),
                    });
                }
                _ => {
                    let words = words(answer.body_mut().as_reader());
                    return Err(PushError::Status { url: masked(&self.url), status, words });
                }
            }
        }
        Err(PushError::Redirects { url: masked(&self.url), to: masked(&url) })
    }
}

/// An address in parts: as it is, and the host and port that listen.
fn target(url: &str) -> Result<(Uri, (String, u16)), PushError> {
    let refused = || PushError::Address(masked(url));
    let uri: Uri = url.parse().map_err(|_| refused())?;
    match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
        Some("http") => {}
        Some("https") => return Err(PushError::Https(masked(url))),
        _ => return Err(refused()),
    }
    let authority = uri.authority().ok_or_else(refused)?;
    let host = authority.host();
    let after = authority.as_str().rsplit('@').next().and_then(|place| place.strip_prefix(host));
    let port = match after {
        Some("") => 80,
        Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or_else(refused)?,
        None => return Err(refused()),
    };
    if host.is_empty() || uri.query().is_some() || url.contains('#') {
        return Err(refused());
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
    Ok((uri, (bare, port)))
}

/// Where a redirect leads. Who may push to one host is not told to another.
fn followed(from: &str, to: &str) -> Result<String, PushError> {
    let refused = || PushError::Address(masked(&visible(to)));
    let (before, after) = from.split_once("://").ok_or_else(refused)?;
    let (authority, path) = after.find('/').map_or((after, "/"), |slash| after.split_at(slash));
    let to = to.split('#').next().unwrap_or_default();
    let absolute = match to.strip_prefix("//") {
        _ if to.contains("://") => to.to_owned(),
        Some(place) => format!("{before}://{place}"),
        None if to.starts_with('/') => format!("{before}://{authority}{to}"),
        None => {
            format!("{before}://{authority}{}/{to}", path.rsplit_once('/').map_or("", |(folder, _)| folder))
        }
    };
    let uri: Uri = absolute.parse().map_err(|_| refused())?;
    if uri.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
        return Err(PushError::Https(masked(&absolute)));
    }
    let place = uri.authority().ok_or_else(refused)?.as_str();
    match authority.rsplit_once('@') {
        Some((credentials, host)) if place == host => {
            Ok(absolute.replacen(host, &format!("{credentials}@{host}"), 1))
        }
        _ => Ok(absolute),
    }
}

/// An address as it may be shown: without user, password and query.
fn masked(url: &str) -> String {
    let url = url.find('?').map_or(url, |query| &url[..query]);
    let Some((secret, place)) = url.rsplit_once('@') else { return url.to_owned() };
    let scheme = secret.split_once("://").map_or("", |(scheme, _)| scheme);
    if scheme.is_empty() { format!("***@{place}") } else { format!("{scheme}://***@{place}") }
}

/// The first of a gateway's words, on one line, after a colon.
fn words(reader: impl Read) -> String {
    let mut bytes = Vec::new();
    // What cannot be read is not shown; the status says enough.
    let _ = reader.take(WORDS_MAX as u64).read_to_end(&mut bytes);
    let text = visible(String::from_utf8_lossy(&bytes).trim());
    if text.is_empty() { text } else { format!(": {text}") }
}

/// A stranger's text without what a terminal would obey.
fn visible(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What went wrong, without the library's own terms.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", TIMEOUT.as_secs()),
        ureq::Error::Io(error) => error.to_string(),
        other => masked(&visible(&other.to_string())),
    }
}

/// A name as part of a URL's path.
fn encoded(name: &str) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_into_paths_whole() {
        assert_eq!(encoded("tiger-dpac-1.2_3"), "tiger-dpac-1.2_3");
        assert_eq!(encoded("a b/c\u{e9}"), "a%20b%2Fc%C3%A9");
    }

    #[test]
    fn what_is_no_address_is_refused_without_a_connection() {
        let none = [
            "localhost:9091",
            "http://",
            "http:///metrics",
            "",
            "http://:9091",
            "http://h:port",
            "http://h:99999",
        ];
        for url in
            none.into_iter().chain(["http://h?token=x", "http://h#x", "http://h h", "ftp://h", "http:/u:p@h"])
        {
            assert!(matches!(Gateway::new(url), Err(PushError::Address(_))), "{url}");
        }
        assert!(matches!(Gateway::new("HTTPS://localhost"), Err(PushError::Https(_))));
        let found = target("http://u:p@[::1]:9091/prefix/").expect("an address").1;
        assert_eq!(found, ("::1".to_owned(), 9091));
        assert_eq!(target("http://gateway").expect("an address").1, ("gateway".to_owned(), 80));
    }

    #[test]
    fn nothing_before_the_at_is_ever_shown() {
        for url in [
            "http://user:secret@h:1/p",
            "user:secret@h:1/p",
            "http:/user:secret@h",
            "http://user:se/cr@et@h",
            "secret@h",
        ] {
            let shown = masked(url);
            assert!(
                !shown.contains("secr") && !shown.contains("se/cr") && shown.contains("***@h"),
                "{shown}"
            );
            let error = format!("{} {:?}", PushError::Address(masked(url)), PushError::Address(masked(url)));
            assert!(!error.contains("user") && !error.contains("secr"), "{error}");
        }
        assert_eq!(masked("http://h/p?token=secret"), "http://h/p");
        assert_eq!(masked("http://h:9091"), "http://h:9091");
    }

    #[test]
    fn redirects_lead_where_they_say_and_take_credentials_to_no_other_host() {
        let from = "http://u:p@a:1/b/c/d";
        let leads = |to: &str| followed(from, to).expect("http");
        assert_eq!(leads("/x"), "http://u:p@a:1/x");
        assert_eq!(leads("x"), "http://u:p@a:1/b/c/x");
        assert_eq!(leads("//e/x"), "http://e/x");
        assert_eq!(leads("http://a:1/x#y"), "http://u:p@a:1/x");
        assert_eq!(leads("http://a:2/x"), "http://a:2/x");
        assert!(matches!(followed(from, "https://a/x"), Err(PushError::Https(_))));
    }
}
