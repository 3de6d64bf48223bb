//! pangres, in a Python process that lives as long as the benchmark: what it imports and reads is not measured.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::Result;
use crate::clock::Time;

pub(super) struct Pangres {
    process: Child,
    answers: BufReader<ChildStdout>,
}

impl Pangres {
    /// A process that writes to a table of the database that SQLAlchemy finds by this URL.
    pub(super) fn start(python: &str, url: &str, table: &str) -> Result<Self> {
        let mut command = Command::new(python);
        command.args(["-W", "ignore", "-c", include_str!("../../pangres.py"), url, table]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let answers = BufReader::new(process.stdout.take().ok_or("its output is piped")?);
        Ok(Self { process, answers })
    }

    /// Upserts the first rows of a file.
    pub(super) fn upsert(&mut self, file: &Path, rows: usize, chunk: usize) -> Result<Time> {
        let input = self.process.stdin.as_mut().ok_or("its input is piped")?;
        writeln!(input, "{}\t{rows}\t{chunk}", file.display())?;
        input.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let (wall, cpu) = answer.trim().split_once(' ').ok_or("pangres failed; what it said stands above")?;
        Ok(Time { wall: Duration::from_secs_f64(wall.parse()?), cpu: Duration::from_secs_f64(cpu.parse()?) })
    }
}

impl Drop for Pangres {
    fn drop(&mut self) {
        // The end of its input is the end of it.
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}
