//! What is pushed arrives, or somebody is told that it has not; and nobody is told who may push.

use dpac::monitoring::{Gateway, PushError};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

const PAGE: &str = "# TYPE a gauge\na 1\n";

/// A request as a gateway has had it.
#[derive(Debug)]
struct Request {
    line: String,
    authorization: Option<String>,
    body: String,
}

/// Answers requests one after another, each with the next of these answers, the last one for ever; its
/// address, and what it was asked.
fn gateway(answers: &[String]) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (had, requests) = channel();
    let answers = answers.to_vec();
    std::thread::spawn(move || {
        let mut answered = 0;
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(&stream);
            let mut lines: Vec<String> = Vec::new();
            while let Some(Ok(line)) = reader.by_ref().lines().next() {
                if line.is_empty() {
                    break;
                }
                lines.push(line);
            }
            // Somebody who only looked whether anybody listens.
            let Some(line) = lines.first().cloned() else { continue };
            let value = |name: &str| {
                let mut headers = lines.iter().filter_map(|line| line.split_once(": "));
                headers.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then(|| value.to_owned()))
            };
            let length = value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let body = String::from_utf8(body).expect("UTF-8");
            let answer = &answers[answered.min(answers.len() - 1)];
            answered += 1;
            // Said before it is answered, so that it is there when the push is over.
            if had.send(Request { line, authorization: value("authorization"), body }).is_err() {
                break;
            }
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (address, requests)
}

fn status(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn redirect(status: &str, to: &str) -> String {
    format!("HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn push(url: &str) -> Result<(), PushError> {
    Gateway::new(url)?.push("a run", PAGE)
}

#[test]
fn redirects_that_keep_the_method_are_followed_with_method_and_body_and_nothing_else_is_asked() {
    let (elsewhere, there) = gateway(&[status("202 Accepted", "")]);
    let first = [
        redirect("307 Temporary Redirect", "/deeper/metrics"),
        redirect("308 Permanent Redirect", &format!("http://{elsewhere}/there")),
    ];
    let (address, here) = gateway(&first);
    push(&format!("http://user:secret@{address}/prefix/")).expect("it arrives");
    let had: Vec<Request> = here.try_iter().chain(there.try_iter()).collect();
    let lines: Vec<&str> = had.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "PUT /prefix/metrics/job/dpac/run/a%20run HTTP/1.1",
            "PUT /deeper/metrics HTTP/1.1",
            "PUT /there HTTP/1.1"
        ]
    );
    assert!(had.iter().all(|request| request.body == PAGE), "{had:?}");
    let known: Vec<bool> = had.iter().map(|request| request.authorization.is_some()).collect();
    assert_eq!(known, [true, true, false], "credentials stay with their host");
}

#[test]
fn no_other_answer_is_taken_for_success() {
    for refusal in ["301 Moved Permanently", "302 Found", "303 See Other", "300 Multiple Choices"] {
        let (address, had) = gateway(&[redirect(refusal, "/elsewhere"), status("200 OK", "")]);
        let error = push(&format!("http://{address}")).expect_err(refusal).to_string();
        assert!(error.contains(&refusal[..3]) && error.contains("/elsewhere"), "{error}");
        assert!(error.contains("name an address that needs no redirect"), "{error}");
        assert_eq!(had.try_iter().count(), 1, "{refusal} is not followed");
    }
    for refusal in
        ["304 Not Modified", "307 Temporary Redirect", "400 Bad Request", "404 Not Found", "500 Oops"]
    {
        let (address, _had) = gateway(&[status(refusal, "no \x1b[31mplace\nfor it")]);
        let error = push(&format!("http://{address}")).expect_err(refusal).to_string();
        assert!(error.contains(&refusal[..3]), "{error}");
        assert!(!error.contains(['\x1b', '\n']), "{error:?}");
        assert!(refusal.starts_with('3') || error.contains("place for it"), "{error}");
    }
    let (address, _had) = gateway(&["nonsense\r\n\r\n".to_owned()]);
    assert!(push(&format!("http://{address}")).is_err());
}

#[test]
fn a_circle_of_redirects_ends_and_one_to_https_says_what_to_do() {
    let (address, had) = gateway(&[redirect("307 Temporary Redirect", "/again")]);
    let error = push(&format!("http://{address}")).expect_err("a circle").to_string();
    assert!(error.contains("after 5 redirects"), "{error}");
    assert_eq!(had.try_iter().count(), 6);
    let (address, _had) = gateway(&[redirect("308 Permanent Redirect", "https://u:secret@elsewhere/x")]);
    let error = push(&format!("http://{address}")).expect_err("https").to_string();
    assert!(error.contains("https is not spoken") && error.contains("https://***@elsewhere/x"), "{error}");
}

#[test]
fn no_message_of_a_run_shows_who_may_push() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    let text = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 2\n\
        critic = { rounds = 1, local_steps = 1 }\nactor = { rounds = 1, local_steps = 1, sync_interval = 1 }\n";
    std::fs::write(&config, text).expect("a file");
    let (refusing, _had) = gateway(&[status("401 Unauthorized", "who are you?")]);
    let (sending, _sent) = gateway(&[redirect("302 Found", "http://user:secret@elsewhere/x")]);
    let cases = [
        (format!("http://user:secret@{refusing}"), 0, "401 Unauthorized: who are you?"),
        (format!("http://user:secret@{sending}"), 0, "http://***@elsewhere/x"),
        ("http://user:secret@127.0.0.1:1".to_owned(), 2, "http://***@127.0.0.1:1"),
        ("https://user:secret@gateway".to_owned(), 2, "https is not spoken"),
        ("user:secret@gateway".to_owned(), 2, "has to begin with http://"),
        ("http://user:secret@gateway:port".to_owned(), 2, "is no address"),
        ("http://gateway/?token=secret".to_owned(), 2, "is no address"),
    ];
    for (number, (url, code, words)) in cases.into_iter().enumerate() {
        let out = scratch.path().join(number.to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.arg("run").arg(&config).arg("--out").arg(&out).args(["--metrics-push", &url]);
        let output = command.output().expect("the program runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("secret") && !said.contains("user"), "{said}");
        assert_eq!(out.exists(), code == 0, "what cannot be used is refused before there is a run");
        for entry in std::fs::read_dir(&out).into_iter().flatten() {
            let bytes = std::fs::read(entry.expect("a file").path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&bytes).contains("secret"));
        }
    }
}
