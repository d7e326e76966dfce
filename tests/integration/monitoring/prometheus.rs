//! The real Prometheus, on a free port of the loopback.

use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The labels of a series, without its name.
pub(super) type Labels = BTreeMap<String, String>;

/// Samples with their times in milliseconds.
pub(super) type Samples = Vec<(u64, f64)>;

/// A child that is killed when the test is over, however it ends.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port on which nobody listens now.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback");
    listener.local_addr().expect("an address").port()
}

/// Runs one of Prometheus' programs to its end; its output, or its complaint.
pub(super) fn promtool(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("promtool").args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("promtool (apt-get install prometheus): {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stdout) + &text(&output.stderr))
    }
}

/// Whoever asks over HTTP: on the loopback, whatever proxies the environment names. A refusal is an answer.
pub(super) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(30))).build().new_agent()
}

/// A server and what it is asked.
pub(super) struct Prometheus {
    port: u16,
    child: Running,
}

impl Prometheus {
    /// Starts on `data` with a configuration, and waits until it answers.
    pub(super) fn start(config: &Path, data: &Path) -> Self {
        // Between looking for a port and listening on it somebody else may take it.
        for _ in 0..3 {
            let port = free_port();
            let child = Command::new("prometheus")
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", data.display()))
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .args(["--storage.tsdb.retention.time=10y", "--log.level=error"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| panic!("prometheus (apt-get install prometheus): {error}"));
            let mut server = Prometheus { port, child: Running(child) };
            if server.answers() {
                return server;
            }
        }
        panic!("Prometheus does not start");
    }

    fn answers(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            let url = format!("http://127.0.0.1:{}/-/ready", self.port);
            if agent().get(&url).call().is_ok_and(|answer| answer.status() == 200) {
                return true;
            }
            if self.child.0.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// What the API answers, or Prometheus' own complaint.
    pub(super) fn ask(&self, what: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        let url = format!("http://127.0.0.1:{}/api/v1/{what}", self.port);
        let mut answer =
            agent().post(&url).send_form(form.iter().copied()).map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let mut json: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if json["status"] == "success" { Ok(json["data"].take()) } else { Err(text) }
    }

    /// Every series of an answer with its samples.
    fn series(&self, what: &str, form: &[(&str, &str)]) -> BTreeMap<Labels, Samples> {
        let data = self.ask(what, form).unwrap_or_else(|error| panic!("{form:?}: {error}"));
        let sample = |pair: &Value| {
            let time = pair[0].as_f64().expect("a time");
            let value = pair[1].as_str().expect("a number in quotes").parse().expect("a number");
            ((time * 1000.0).round() as u64, value)
        };
        let series = |result: &Value| {
            let labels = result["metric"].as_object().expect("labels").iter();
            let labels = labels.filter(|(name, _)| *name != "__name__");
            let labels =
                labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
            let samples = match (&result["values"], &result["value"]) {
                (Value::Array(values), _) => values.iter().map(sample).collect(),
                (_, value) => vec![sample(value)],
            };
            (labels.collect(), samples)
        };
        data["result"].as_array().expect("series").iter().map(series).collect()
    }

    /// The value of an expression; at `milliseconds`, or now.
    pub(super) fn query(&self, expression: &str, milliseconds: Option<u64>) -> BTreeMap<Labels, Samples> {
        let time = milliseconds.map(seconds);
        let mut form = vec![("query", expression)];
        form.extend(time.as_deref().map(|time| ("time", time)));
        self.series("query", &form)
    }

    /// The values of an expression from one millisecond to another, both included.
    pub(super) fn query_range(
        &self,
        expression: &str,
        range: std::ops::RangeInclusive<u64>,
        step: u64,
    ) -> BTreeMap<Labels, Samples> {
        let (start, end, step) = (seconds(*range.start()), seconds(*range.end()), seconds(step));
        self.series(
            "query_range",
            &[("query", expression), ("start", &start), ("end", &end), ("step", &step)],
        )
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}
