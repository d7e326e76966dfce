//! Whoever connects to the endpoint can neither end a run, nor keep others from it, nor be taken for a
//! scrape that was none.

use crate::whole_run::resolved;
use dpac::monitoring::{Arm, Bound, CONNECTIONS_MAX, Endpoint, IDLE, Meter, RunInfo};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const GET: &str = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
/// Somebody waits in vain.
const LONGEST: Duration = Duration::from_secs(30);

fn endpoint() -> Endpoint {
    let (resolved, _) = resolved("problem = { builtin = \"toggle\", horizon = 2 }", &[]);
    let meter = Meter::new(&RunInfo {
        run: "test",
        algorithm: "dpac",
        kinds: resolved.algorithm.kinds(),
        problem: "toggle",
        horizon: 2,
        seed: 0,
        placement: "shard",
        clients: 5,
        threads: 2,
        arm: Arm::default(),
        shape: resolved.shape,
    });
    Bound::new(([127, 0, 0, 1], 0).into()).and_then(|bound| bound.serve(meter.page())).expect("a free port")
}

fn connection(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LONGEST)).expect("a socket");
    stream
}

/// What comes back until the connection is closed.
fn answer(address: SocketAddr, request: &str) -> String {
    let mut stream = connection(address);
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head").1
}

/// Whether the other side has closed the connection, however it did.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).expect("a socket");
    let found = stream.read(&mut [0; 4096]);
    matches!(&found, Ok(0)) || found.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock)
}

#[test]
fn methods_and_paths_have_the_answers_that_the_standard_gives_them() {
    let endpoint = endpoint();
    let ask = |method: &str, path: &str| {
        answer(
            endpoint.address(),
            &format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        )
    };
    let (head, get) = (ask("HEAD", "/metrics"), ask("GET", "/metrics"));
    assert!(head.starts_with("HTTP/1.1 200") && body(&head).is_empty(), "{head}");
    let length = |answer: &str| header(answer, "content-length").and_then(|it| it.parse::<usize>().ok());
    assert_eq!(length(&get), Some(body(&get).len()));
    // The process's own numbers may have become a digit longer.
    let (of_head, of_get) = (length(&head).expect("a length"), body(&get).len());
    assert!(of_head.abs_diff(of_get) < 100, "{of_head} {of_get}");
    assert_eq!(header(&head, "content-type"), header(&get, "content-type"));
    assert_eq!(header(&ask("HEAD", "/health"), "content-length"), Some("3"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        for path in ["/metrics", "/", "/health"] {
            let refused = ask(method, path);
            assert!(refused.starts_with("HTTP/1.1 405"), "{refused}");
            assert_eq!(header(&refused, "allow"), Some("GET, HEAD"), "{refused}");
        }
        assert!(ask(method, "/metric").starts_with("HTTP/1.1 404"));
    }
    for path in ["/metric", "/metrics/", "/Metrics", "//metrics"] {
        assert!(ask("GET", path).starts_with("HTTP/1.1 404"), "{path}");
    }
    let long = format!("GET /metrics HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    assert!(answer(endpoint.address(), &long).starts_with("HTTP/1.1 431"));
}

#[test]
fn only_metrics_that_were_sent_whole_are_the_last_scrape() {
    let endpoint = endpoint();
    let address = endpoint.address();
    let unseen = |what: &str| assert!(!endpoint.linger(Duration::from_millis(200)), "{what} is no scrape");
    unseen("nothing");
    answer(address, &GET.replace("GET", "HEAD"));
    unseen("a HEAD");
    for path in ["/", "/health", "/metrics/", "/metric"] {
        answer(address, &GET.replace("/metrics", path));
        unseen(path);
    }
    answer(address, &GET.replace("GET", "POST"));
    unseen("a POST");
    answer(address, "GET /metrics HTTP/3.9\r\n\r\n");
    unseen("what is no request");
    for request in ["", "GET /metr", "GET /metrics HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = connection(address);
        stream.write_all(request.as_bytes()).expect("it listens");
        stream.shutdown(Shutdown::Both).expect("a socket");
        unseen("half a request");
    }
    let before = Instant::now();
    let text = answer(address, GET);
    assert!(text.starts_with("HTTP/1.1 200") && body(&text).contains("dpac_clients"));
    assert!(endpoint.linger(LONGEST) && before.elapsed() < LONGEST);
    endpoint.close().expect("it has served to the end");
}

#[test]
fn a_scrape_before_the_end_is_not_the_last_one_even_on_the_same_connection() {
    let endpoint = endpoint();
    let mut stream = connection(endpoint.address());
    let mut scrape = || {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
        let mut reader = BufReader::new(&stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a head");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a number");
            }
            if line == "\r\n" {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).expect("a body");
    };
    scrape();
    assert!(!endpoint.linger(Duration::from_millis(50)));
    scrape();
    assert!(endpoint.linger(LONGEST));
}

#[test]
fn however_many_connect_the_newest_is_answered_and_the_oldest_make_room() {
    let endpoint = endpoint();
    let mut idle: Vec<_> = (0..3 * CONNECTIONS_MAX).map(|_| connection(endpoint.address())).collect();
    assert!(answer(endpoint.address(), GET).starts_with("HTTP/1.1 200"));
    let open = idle.iter_mut().map(is_closed).filter(|closed| !closed).count();
    assert!(open < CONNECTIONS_MAX, "{open} are still open");
}

#[test]
fn who_sends_nothing_or_sends_slowly_or_takes_nothing_loses_the_connection() {
    let endpoint = endpoint();
    let mut silent = connection(endpoint.address());
    let mut slow = connection(endpoint.address());
    slow.write_all(b"GET /metrics HTTP/1.1\r\n").expect("it listens");
    // Asks until the answers fill every buffer between the two, and reads none of them.
    let mut full = connection(endpoint.address());
    full.set_nonblocking(true).expect("a socket");
    let asked = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let began = Instant::now();
    let mut lost = [false; 3];
    while lost != [true; 3] {
        assert!(began.elapsed() < LONGEST, "silent, slow, full: {lost:?}");
        if slow.write_all(b"X: y\r\n").is_err() {
            lost[1] = true;
        }
        // Takes no more, or is gone.
        match full.write(asked.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => lost[2] = true,
            _ => {}
        }
        lost[0] |= is_closed(&mut silent);
        lost[1] |= is_closed(&mut slow);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(began.elapsed() + Duration::from_millis(500) > IDLE, "{:?}", began.elapsed());
    assert!(answer(endpoint.address(), GET).starts_with("HTTP/1.1 200"));
}

/// The run is held while somebody asks and goes away, so that the connection is reset before there is an
/// answer.
#[cfg(unix)]
#[test]
fn a_connection_that_is_reset_before_the_answer_is_no_scrape() {
    use std::process::{Command, Stdio};
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    let text = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 2\n\
        critic = { rounds = 1, local_steps = 1 }\nactor = { rounds = 1, local_steps = 1, sync_interval = 1 }\n";
    std::fs::write(&config, text).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_dpac"))
        .arg("run")
        .arg(&config)
        .arg("--out")
        .arg(scratch.path().join("run"))
        .args(["-q", "--metrics-listen", "0", "--metrics-linger", "60"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    let address =
        lines.find_map(|line| Some(line.split_once("http://")?.1.strip_suffix("/metrics")?.to_owned()));
    let address: SocketAddr = address.and_then(|it| it.parse().ok()).expect("an address");
    lines.find(|line| line.contains("metrics stay for 60 s")).expect("it lingers");
    let signal = |name: &str| {
        let kill = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
    };
    let mut stream = connection(address);
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
    stream.peek(&mut [0]).expect("an answer");
    signal("STOP");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
    // With an answer that nobody has read, this resets the connection.
    drop(stream);
    signal("CONT");
    // Whoever comes later is answered later: by then the run would have ended.
    for _ in 0..20 {
        assert!(answer(address, &GET.replace("/metrics", "/health")).starts_with("HTTP/1.1 200"));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(answer(address, GET).starts_with("HTTP/1.1 200"));
    let began = Instant::now();
    assert!(child.wait().expect("a child").success());
    assert!(began.elapsed() < LONGEST);
}

/// Nobody is held here: the answer may be written before the news of the reset arrives.
#[cfg(unix)]
#[test]
fn a_connection_that_is_reset_as_the_answer_arrives_is_no_scrape() {
    let endpoint = endpoint();
    endpoint.settle();
    for close in ["", "Connection: close\r\n"] {
        for _ in 0..10 {
            let mut stream = connection(endpoint.address());
            stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
            stream.peek(&mut [0]).expect("an answer");
            let request = format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{close}\r\n");
            stream.write_all(request.as_bytes()).expect("it listens");
            // With an answer that nobody has read, this resets the connection.
            drop(stream);
        }
        assert!(!endpoint.linger(Duration::from_millis(400)), "{close:?}");
    }
    assert!(answer(endpoint.address(), GET).starts_with("HTTP/1.1 200"));
    assert!(endpoint.linger(LONGEST));
}

#[cfg(target_os = "linux")]
#[test]
fn idle_connections_leave_a_run_the_descriptors_that_it_needs() {
    use std::process::{Command, Stdio};
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (config, out) = (scratch.path().join("run.toml"), scratch.path().join("run"));
    let text = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 20\n\
        critic = { rounds = 2, local_steps = 32 }\nactor = { rounds = 64, local_steps = 64, sync_interval = 16 }\n";
    std::fs::write(&config, text).expect("a file");
    for descriptors in [48, 64, 128] {
        let script = format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"");
        let mut child = Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_dpac"), "run"])
            .arg(&config)
            .arg("--out")
            .arg(&out)
            .args(["-q", "--force", "--threads", "1", "--metrics-listen", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash runs");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("UTF-8");
        let address = line.split("http://").nth(1).and_then(|rest| rest.trim().strip_suffix("/metrics"));
        let address: SocketAddr = address.and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("{line}"));
        // Whoever comes when the run is over finds nobody.
        let mut idle = Vec::new();
        while idle.len() < 200 && child.try_wait().expect("a child").is_none() {
            let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) else { break };
            idle.push(stream);
        }
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("UTF-8");
        assert!(child.wait().expect("a child").success(), "{descriptors}: {said}");
        assert!(idle.len() > 100, "{} connections came in time", idle.len());
    }
}
