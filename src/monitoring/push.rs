//! The final values of a run, pushed to a Pushgateway: for runs that are shorter than a scrape interval, or that nobody can reach.

use super::endpoint::CONTENT_TYPE;
use std::time::Duration;
use thiserror::Error;

/// Longest wait for a gateway.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A gateway that has answered once.
pub struct Gateway {
    agent: ureq::Agent,
    url: String,
}

/// A gateway that cannot be used.
#[derive(Debug, Error)]
pub enum PushError {
    /// No address of a gateway.
    #[error("{0:?} is no address of a Pushgateway: it has to begin with http://")]
    Address(String),
    /// It does not answer, or not as a Pushgateway does.
    #[error("the Pushgateway at {url} cannot be used: {error}")]
    Gateway {
        /// Its address.
        url: String,
        /// What went wrong.
        error: Box<ureq::Error>,
    },
}

impl Gateway {
    /// Asks the gateway whether it is ready.
    ///
    /// # Errors
    /// [`PushError`]
    pub fn new(url: &str) -> Result<Self, PushError> {
        let host = url.strip_prefix("http://").filter(|host| !host.is_empty() && !host.starts_with('/'));
        if host.is_none() {
            return Err(PushError::Address(url.to_owned()));
        }
        let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).proxy(None).build();
        let gateway = Gateway { agent: config.into(), url: url.trim_end_matches('/').to_owned() };
        let ready = gateway.agent.get(format!("{}/-/ready", gateway.url)).call();
        ready.map_err(|error| gateway.fail(error))?;
        Ok(gateway)
    }

    /// Replaces what the gateway has of this run.
    ///
    /// # Errors
    /// [`PushError::Gateway`]
    pub fn push(&self, run: &str, page: &str) -> Result<(), PushError> {
        let url = format!("{}/metrics/job/dpac/run/{}", self.url, encoded(run));
        let sent = self.agent.put(url).content_type(CONTENT_TYPE).send(page);
        sent.map(|_| ()).map_err(|error| self.fail(error))
    }

    fn fail(&self, error: ureq::Error) -> PushError {
        PushError::Gateway { url: self.url.clone(), error: Box::new(error) }
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
        for url in ["localhost:9091", "https://localhost", "http://", "http:///metrics", ""] {
            assert!(matches!(Gateway::new(url), Err(PushError::Address(_))), "{url}");
        }
    }
}
