//! `cargo run --release -p bench`: how long a bulk upsert takes, beside what one would write by hand.
//!
//! All contenders of a workload take turns in one run, each round in another order, so that a machine that is busy for a while disturbs all of
//! them; what counts is the median of the rounds' ratios. After every run the table is read back and compared with what it should hold.
//!
//! `cargo run --release -p bench -- [postgres] [sqlite] [mariadb] [small] [frames] [--rounds 7] [--rows 100000] [--only ours]`
//!
//! `frames` are DataFrames beside structs. With `--python P`, where P is a Python with pangres 4.2.1 and psycopg2, pangres takes turns
//! with them.

mod arguments;
mod clock;
mod frames;
mod mariadb;
mod postgres;
mod rows;
mod sqlite;
mod table;

use arguments::Arguments;
use table::Figures;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T = (), E = Error> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result {
    let arguments = Arguments::read()?;
    let rows = rows::Inputs::new(arguments.rows);
    // In a task, as a program makes its calls that has more to do than one: what waits in `main` itself is on a thread of its own, and to
    // wake it costs more.
    tokio::spawn(measure(arguments, rows)).await?
}

async fn measure(arguments: Arguments, rows: rows::Inputs) -> Result {
    let mut figures = Figures::default();
    if arguments.postgres || arguments.small || arguments.frames {
        let server = postgres::Server::start().await?;
        let setting = postgres::Setting::new(&server, &rows).await?;
        if arguments.postgres {
            postgres::bulk(&server, &setting, &rows, &arguments, &mut figures).await?;
        }
        if arguments.small {
            postgres::small(&server, &setting, &rows, &mut figures).await?;
        }
        if arguments.frames {
            frames::on_postgres(&server, &setting, &rows, &arguments, &mut figures).await?;
            frames::on_sqlite(&rows, &arguments, &mut figures).await?;
        }
    }
    if arguments.sqlite {
        sqlite::bulk(&rows, &arguments, &mut figures).await?;
    }
    if arguments.mariadb {
        mariadb::bulk(&rows, &arguments, &mut figures).await?;
    }
    if arguments.small {
        sqlite::small(&rows, &mut figures).await?;
        mariadb::small(&rows, &mut figures).await?;
    }
    figures.print();
    Ok(())
}
