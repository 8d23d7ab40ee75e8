//! The example programs, which cargo builds beside the tests, and those of them that are servers; and
//! whether the programs of others are there.

#![allow(dead_code, reason = "not every test binary needs all of it")]

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Where the program of an example is.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test binary's path");
    let profile = test.ancestors().nth(2).expect("<profile>/deps/<test>");
    let program = profile.join("examples").join(name);
    let hint = "is not there: `cargo test --test NAME` does not build it, `cargo test` does";
    assert!(program.exists(), "{} {hint}", program.display());
    program
}

/// Whether a program of others is there.
pub(crate) fn is_installed(tool: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {tool}")])
        .stdout(Stdio::null())
        .status();
    let found = found.expect("a shell").success();
    let required = std::env::var("TEEM_CLIENTS").is_ok_and(|value| value == "required");
    assert!(found || !required, "{tool} is not installed");
    if !found {
        eprintln!("skipped: {tool} is not installed");
    }
    found
}

/// A server of its own, on a free port.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    /// The line that it has begun with.
    pub(crate) greeting: String,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        Self::start_after("", name, arguments)
    }

    /// Starts a server in a shell that has run `command` before, which may set limits.
    pub(crate) fn start_after(command: &str, name: &str, arguments: &[&str]) -> Self {
        Self::start_program(command, &program(name), arguments)
    }

    /// The same for a program of another package.
    pub(crate) fn start_program(command: &str, program: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{command} exec \"$0\" \"$@\"")])
            .arg(program)
            .args(["--addr", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut greeting = String::new();
        stdout.read_line(&mut greeting).expect("a line");
        let address = greeting.strip_prefix("listening on ");
        let address = address.and_then(|rest| rest.split(';').next()?.parse().ok());
        Self {
            child: Some(child),
            address: address.unwrap_or_else(|| panic!("no address in '{greeting}'")),
            greeting,
            _stdout: stdout,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("a connection")
    }

    pub(crate) fn port(&self) -> String {
        self.address.port().to_string()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("not ended").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits until it has ended.
    pub(crate) fn output(mut self) -> Output {
        let child = self.child.take().expect("not ended");
        child.wait_with_output().expect("its end")
    }

    /// Ends it, without complaints of its own.
    #[track_caller]
    pub(crate) fn end_well(self) {
        self.signal("-INT");
        let output = self.output();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
