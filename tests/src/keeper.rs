//! Servers that are thrown away at the end. A script keeps each of them for as long as its standard input stays open, which
//! is as long as this process lives, and cleans up after it.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What keeps a server.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// What the server is called.
    server: &'static str,
    home: PathBuf,
    /// The system closes its standard input when this process ends, however that happens.
    shell: Child,
}

impl Keeper {
    /// Starts a script. Its first argument is a folder that it is to make for the server's files; the others follow. Such
    /// servers refuse to run as root: there is a user that comes with the package of each.
    pub fn start<A: AsRef<OsStr>>(
        server: &'static str,
        user: &str,
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("upsert-{}-{}-{number}", server.to_lowercase(), std::process::id());
        let home = std::env::temp_dir().join(name);
        let mut shell = as_ordinary_user(user);
        shell.args(["sh", "-c", script, "keeper"]).arg(&home).args(arguments);
        // In a process group of its own, so that Ctrl-C does not take the one who cleans up.
        let shell = shell.stdin(Stdio::piped()).process_group(0).spawn().expect("a shell can be started");
        Self { server, home, shell }
    }

    /// The folder of its files.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Asks the server until it answers.
    pub async fn until_it_answers<T, E: Display>(&mut self, ask: impl AsyncFn() -> Result<T, E>) {
        let started = Instant::now();
        loop {
            let Err(error) = ask().await else { return };
            if let Some(status) = self.shell.try_wait().expect("the keeper can be asked") {
                panic!("{} did not start ({status}); what it said stands above", self.server);
            }
            if started.elapsed() > Duration::from_secs(120) {
                let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines[lines.len().saturating_sub(40)..].join("\n");
                panic!("{} does not answer: {error}. Its log ends so:\n{last}", self.server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Wishes for a server in place of one that was killed.
    pub fn start_again(&mut self) {
        let keeper = self.shell.stdin.as_mut().expect("it is a pipe");
        keeper.write_all(b"again\n").expect("the keeper listens");
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        drop(self.shell.wait());
    }
}

fn as_ordinary_user(user: &str) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--"]);
        command
    } else {
        Command::new("env")
    }
}

/// Sends a signal to processes.
pub(crate) fn signal(name: &str, processes: &[&str]) {
    // A shell has `kill` everywhere.
    let mut kill = Command::new("sh");
    let kill =
        kill.args(["-c", "kill -s \"$@\"", "sh", name]).args(processes).output().expect("a shell can be started");
    assert!(kill.status.success(), "kill {name} {processes:?}: {}", String::from_utf8_lossy(&kill.stderr));
}

/// Stops a process, and waits until it has stopped: what it is doing in the system, another process for one, is done then.
pub(crate) fn stop(process: &str) {
    signal("STOP", &[process]);
    while status(process).is_some_and(|[state, _]| !["T", "Z"].contains(&state.as_str())) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The processes that a process has started.
pub(crate) fn children(parent: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("the system shows its processes");
    let ids = processes.filter_map(|process| process.ok()?.file_name().into_string().ok());
    ids.filter(|id| status(id).is_some_and(|[_, of]| of == parent)).collect()
}

/// Waits until processes are dead. While one of a server's is left, no other server starts in its place.
pub(crate) fn until_dead(processes: &[&str]) {
    while !processes.iter().all(|process| status(process).is_none_or(|[state, _]| state == "Z")) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// State and parent of a process.
fn status(process: &str) -> Option<[String; 2]> {
    // `id (name) state parent …`
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut rest = line.rsplit_once(')')?.1.split_whitespace();
    Some([rest.next()?.to_owned(), rest.next()?.to_owned()])
}
