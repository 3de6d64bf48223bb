//! Types of your own as columns: `cargo run --example own_types`.
//!
//! In order of how little there is to write: a derive for enums and for structs of one field, a trait for a type that is
//! yours, an adapter for a type that is not, and a struct that is several columns.

use std::net::SocketAddr;

use upsert::schema::ColumnType;
use upsert::value::{Invalid, Value};
use upsert::{ColumnAs, ColumnGroup, ColumnValue, SqlitePool, UpsertOptions, Upsertable};

/// Text that nothing but these gets into.
#[derive(ColumnValue)]
enum State {
    Idle,
    Running,
}

/// What its field is, also in a key.
#[derive(ColumnValue)]
struct MachineId(i64);

/// A number that has bounds: what is outside is refused, by row and column, before anything of its chunk is written.
struct Percent(f64);

impl ColumnValue for Percent {
    const TYPE: ColumnType = ColumnType::Double;

    fn value(&self) -> Value<'_> {
        if (0.0..=100.0).contains(&self.0) { Value::Double(self.0) } else { Value::Invalid(Invalid::OutOfRange) }
    }
}

/// How to store a type of another crate: as text.
struct AsText;

impl ColumnAs<SocketAddr> for AsText {
    const TYPE: ColumnType = ColumnType::Text;

    fn value(address: &SocketAddr) -> Value<'_> {
        Value::Text(address.to_string().into())
    }
}

/// Two columns of each table that has a position.
#[derive(ColumnGroup)]
struct Position {
    latitude: f64,
    longitude: f64,
}

#[derive(Upsertable)]
struct Machine {
    #[upsert(primary_key)]
    id: MachineId,
    state: State,
    load: Percent,
    #[upsert(with = "AsText")]
    address: SocketAddr,
    #[upsert(flatten, prefix = "at_")]
    position: Position,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}\n", Machine::SCHEMA);

    let pool = SqlitePool::memory()?;
    let machine = |id, state, load| Machine {
        id: MachineId(id),
        state,
        load: Percent(load),
        address: SocketAddr::from(([192, 0, 2, 1], 8080)),
        position: Position { latitude: 59.91, longitude: 10.75 },
    };
    let machines = [machine(1, State::Idle, 0.5), machine(2, State::Running, 68.25)];
    let report = Machine::aupsert(&pool, machines, UpsertOptions::new().create_table()).await?;
    println!("{report}");

    // More than all is refused.
    if let Err(error) = Machine::aupsert(&pool, [machine(3, State::Idle, 100.5)], UpsertOptions::new()).await {
        println!("{error}");
    }
    Ok(())
}
