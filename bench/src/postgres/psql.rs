//! What one would write by hand: psql copies a prepared file into a temporary table, and one statement writes from there.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use crate::Result;
use crate::clock::{Clock, Time};
use crate::rows::set_all;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Binary,
}

impl Format {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// In which order the statement reads the temporary table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    AsItLies,
    ByKey,
}

/// The script that loads a file.
pub(super) fn script(file: &Path, format: Format, reading: Reading) -> String {
    let order = match reading {
        Reading::AsItLies => "",
        Reading::ByKey => " ORDER BY id",
    };
    format!(
        "BEGIN;\n\
         CREATE TEMPORARY TABLE staged (LIKE item) ON COMMIT DROP;\n\
         \\copy staged FROM '{}' (FORMAT {})\n\
         INSERT INTO item SELECT * FROM staged{order} {};\n\
         COMMIT;\n",
        file.display(),
        format.extension(),
        set_all(),
    )
}

/// Runs a script: the time of the whole process.
pub(super) fn run(server: &Server, script: &Path) -> Result<Time> {
    let mut psql = psql(server);
    psql.arg("-f").arg(script);
    timed(psql)
}

/// What it takes to start psql and connect.
pub(super) fn start_up(server: &Server) -> Result<Time> {
    let mut psql = psql(server);
    psql.args(["-c", "BEGIN"]);
    timed(psql)
}

fn psql(server: &Server) -> Command {
    let program: PathBuf = server.program("psql");
    let mut psql = Command::new(program);
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-h"]);
    psql.arg(server.socket_folder());
    psql
}

fn timed(mut psql: Command) -> Result<Time> {
    let clock = Clock::start();
    let status = psql.status()?;
    let time = clock.stop();
    if status.success() { Ok(time) } else { Err(format!("psql failed: {status}").into()) }
}
