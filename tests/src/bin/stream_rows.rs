//! Streams rows of 10 mixed columns into a table, and prints the most memory that this took, in KiB.
//!
//! `stream_rows sqlite FILE ROWS chunk|call`, `stream_rows postgres SOCKET_FOLDER/DATABASE ROWS chunk|call`,
//! `stream_rows mysql SOCKET/DATABASE ROWS chunk|call`

use std::error::Error;
use std::path::Path;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::stream;
use tests::mariadb_server::USER;
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::mysql_async::{self, OptsBuilder};
use upsert::rusqlite::Connection;
use upsert::tokio_postgres::{Config, NoTls};
use upsert::{Atomicity, SqlitePool, UpsertOptions, Upsertable};
use uuid::Uuid;

#[derive(Upsertable)]
struct Sale {
    #[upsert(primary_key)]
    id: i64,
    shop: String,
    note: Option<String>,
    amount: f64,
    pieces: i32,
    is_paid: bool,
    day: NaiveDate,
    sold_at: DateTime<Utc>,
    receipt: Uuid,
    signature: Vec<u8>,
}

fn sale(id: i64) -> Sale {
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("it is a day") + TimeDelta::days(id % 365);
    Sale {
        id,
        shop: format!("shop {} of the chain", id % 1_000),
        note: (id % 3 == 0).then(|| format!("note {id}")),
        amount: f64::from(u32::try_from(id % 100_000).expect("it is small")) / 100.0,
        pieces: i32::try_from(id % 12).expect("it is small"),
        is_paid: id % 2 == 0,
        day,
        sold_at: DateTime::from_timestamp(1_760_000_000 + id, 0).expect("it is a time"),
        receipt: Uuid::from_u128(u128::try_from(id).expect("it is positive") << 32),
        signature: id.to_be_bytes().to_vec(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, path, rows, atomicity] = arguments.as_slice() else {
        return Err("stream_rows sqlite|postgres|mysql PATH ROWS chunk|call".into());
    };
    let path = Path::new(path).to_owned();
    let rows: i64 = rows.parse()?;
    let atomicity = if atomicity == "call" { Atomicity::Call } else { Atomicity::Chunk };
    let options = UpsertOptions::new().create_table().atomicity(atomicity);
    let sales = stream::iter((0..rows).map(sale));

    let (folder, name) = (path.parent(), path.file_name().and_then(|name| name.to_str()));
    let report = match database.as_str() {
        "sqlite" => {
            let pool = SqlitePool::open_with(move || {
                let connection = Connection::open(&path)?;
                connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")?;
                Ok(connection)
            })?;
            Sale::aupsert(&pool, sales, options).await?
        }
        "postgres" => {
            let mut config = Config::new();
            config.host_path(folder.ok_or("no folder")?).user("postgres").dbname(name.ok_or("no database")?);
            let pool = Pool::builder(Manager::new(config, NoTls)).max_size(2).build()?;
            Sale::aupsert(&pool, sales, options).await?
        }
        _ => {
            let socket = folder.and_then(Path::to_str).ok_or("no socket")?;
            let config = OptsBuilder::default().socket(Some(socket)).user(Some(USER)).db_name(name);
            Sale::aupsert(&mysql_async::Pool::new(config), sales, options).await?
        }
    };
    assert_eq!((report.rows, report.inserted.get()), (rows.unsigned_abs(), Some(rows.unsigned_abs())));

    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    println!("{}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}
