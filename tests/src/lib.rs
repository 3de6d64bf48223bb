//! The harness of the tests: throw-away databases, an oracle in plain SQL, seeds, figures.
//!
//! A test that holds for every database is a function over [`Database`]; [`suite!`] runs it once for each of them.

pub mod black_hole;
pub mod canary;
pub mod crowd;
pub mod cut_loads;
pub mod database;
pub mod deadlines;
pub mod drawn;
pub mod drawn_tables;
pub mod dropped;
pub mod example;
pub mod failing;
pub mod faulty_mariadb;
pub mod faulty_postgres;
pub mod faulty_stream;
pub mod figures;
pub mod hostile_names;
mod keeper;
pub mod key_words;
pub mod listener;
pub mod loading;
pub mod mariadb;
pub mod mariadb_server;
pub mod mariadb_way;
pub mod pgbouncer;
pub mod postgres;
pub mod postgres_server;
pub mod pulse;
pub mod raw_connection;
pub mod rounds;
pub mod seed;
pub mod serial_order;
pub mod slow_server;
pub mod small_disk;
pub mod snapshot_text;
pub mod source_files;
pub mod spied_mariadb;
pub mod sqlite;
mod suite;
pub mod verdict;

pub use database::{AnyRow, Database, Datum, LONGEST, Table, row};
pub use figures::figure;
pub use mariadb::MariaDb;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
pub use suite::{run, run_on_one_thread};
