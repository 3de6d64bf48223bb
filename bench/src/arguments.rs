//! What to measure.

use crate::Result;

pub(crate) struct Arguments {
    pub(crate) postgres: bool,
    pub(crate) sqlite: bool,
    pub(crate) mariadb: bool,
    /// Calls of few rows, on every database.
    pub(crate) small: bool,
    /// DataFrames, on PostgreSQL and SQLite.
    pub(crate) frames: bool,
    /// A Python that has pangres.
    pub(crate) python: Option<String>,
    pub(crate) rounds: usize,
    pub(crate) rows: usize,
    /// Only contenders whose names contain this: to look at one of them with a profiler.
    pub(crate) only: String,
}

impl Arguments {
    pub(crate) fn read() -> Result<Self> {
        let mut read = Self {
            postgres: false,
            sqlite: false,
            mariadb: false,
            small: false,
            frames: false,
            python: None,
            rounds: 5,
            rows: 100_000,
            only: String::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match &*word {
                "postgres" => read.postgres = true,
                "sqlite" => read.sqlite = true,
                "mariadb" => read.mariadb = true,
                "small" => read.small = true,
                "frames" => read.frames = true,
                "--python" => read.python = Some(words.next().ok_or("--python needs a program")?),
                "--rounds" => read.rounds = words.next().ok_or("--rounds needs a number")?.parse()?,
                "--rows" => read.rows = words.next().ok_or("--rows needs a number")?.parse()?,
                "--only" => read.only = words.next().ok_or("--only needs a part of a name")?,
                _ => return Err(format!("unknown argument {word:?}; see the top of bench/src/main.rs").into()),
            }
        }
        if !(read.postgres || read.sqlite || read.mariadb || read.small || read.frames) {
            (read.postgres, read.sqlite, read.mariadb, read.small, read.frames) = (true, true, true, true, true);
        }
        Ok(read)
    }
}
