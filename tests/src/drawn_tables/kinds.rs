//! Kinds of columns: how a struct writes each, what a table has for it, and for which other types it is no match.

use upsert::Dialect;
use upsert::schema::{ColumnType, EnumType, Sql};

/// What a column may be.
pub struct Kind {
    /// Types of a struct that are all this one, by a name of their own or another's.
    pub spellings: &'static [&'static str],
    pub column_type: ColumnType,
    pub enum_type: Option<EnumType<'static>>,
    /// What the struct says of its type.
    pub sql_types: Sql<'static>,
    /// The type that a table of its own has, written by hand.
    pub there: EachDatabase,
    /// One that would change or refuse its values.
    pub wrong: EachDatabase,
    /// One that does not hold all of them; none where there is no such type.
    pub narrow: EachDatabase,
    /// A default, as SQL; none where it has none.
    pub default: &'static str,
    pub can_be_key: bool,
    /// Whether it has a length.
    pub is_long: bool,
}

/// SQL for PostgreSQL, SQLite and MySQL.
#[derive(Clone, Copy)]
pub struct EachDatabase(pub &'static str, pub &'static str, pub &'static str);

impl EachDatabase {
    pub fn on(self, dialect: Dialect) -> &'static str {
        let Self(postgres, sqlite, mysql) = self;
        match dialect {
            Dialect::Postgres => postgres,
            Dialect::MySql => mysql,
            _ => sqlite,
        }
    }
}

const fn kind(
    spellings: &'static [&'static str],
    column_type: ColumnType,
    there: EachDatabase,
    wrong: EachDatabase,
) -> Kind {
    Kind {
        spellings,
        column_type,
        enum_type: None,
        sql_types: Sql::NONE,
        there,
        wrong,
        narrow: EachDatabase("", "", ""),
        default: "",
        can_be_key: false,
        is_long: false,
    }
}

impl Kind {
    const fn narrow(self, postgres: &'static str, sqlite: &'static str, mysql: &'static str) -> Self {
        Self { narrow: EachDatabase(postgres, sqlite, mysql), ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn key(self) -> Self {
        Self { can_be_key: true, ..self }
    }

    const fn long(self) -> Self {
        Self { is_long: true, ..self }
    }

    const fn sql_types(self, sql_types: Sql<'static>) -> Self {
        Self { sql_types, ..self }
    }

    const fn enum_type(self, enum_type: EnumType<'static>) -> Self {
        Self { enum_type: Some(enum_type), ..self }
    }
}

/// A column that others are computed from.
pub static BASE: Kind = kind(
    &["i32"],
    ColumnType::Integer,
    EachDatabase("integer", "INTEGER", "int"),
    EachDatabase("bytea", "BLOB", "date"),
);

/// What is computed, and what the database numbers.
pub static NUMBER: Kind = kind(
    &["i64", "Number"],
    ColumnType::BigInt,
    EachDatabase("bigint", "INTEGER", "bigint"),
    EachDatabase("bytea", "BLOB", "date"),
);

const LABELS: &[&str] = &["calm", "wild", "odd"];

pub static KINDS: [Kind; 23] = [
    kind(
        &["bool"],
        ColumnType::Bool,
        EachDatabase("boolean", "INTEGER", "boolean"),
        EachDatabase("bytea", "BLOB", "date"),
    )
    .default("true"),
    kind(
        &["i16", "u8"],
        ColumnType::SmallInt,
        EachDatabase("smallint", "INTEGER", "smallint"),
        EachDatabase("text", "BLOB", "date"),
    )
    .narrow("", "", "tinyint")
    .default("7")
    .key(),
    kind(
        &["i32", "u16"],
        ColumnType::Integer,
        EachDatabase("integer", "INTEGER", "int"),
        EachDatabase("date", "BLOB", "longblob"),
    )
    .narrow("smallint", "", "smallint")
    .default("7")
    .key(),
    kind(
        &["i64", "u32", "Number", "Wrapped"],
        ColumnType::BigInt,
        EachDatabase("bigint", "INTEGER", "bigint"),
        EachDatabase("boolean", "BLOB", "time(6)"),
    )
    .narrow("integer", "", "int")
    .default("-7")
    .key(),
    kind(
        &["u64"],
        ColumnType::UnsignedBigInt,
        EachDatabase("numeric(20, 0)", "INTEGER", "bigint unsigned"),
        EachDatabase("bytea", "BLOB", "date"),
    )
    .narrow("bigint", "", "bigint")
    .sql_types(Sql::NONE.sqlite("INTEGER")),
    kind(
        &["i128"],
        ColumnType::HugeInt,
        EachDatabase("numeric(39, 0)", "TEXT", "decimal(39, 0)"),
        EachDatabase("uuid", "BLOB", "longtext"),
    )
    .narrow("numeric(20, 0)", "", "bigint")
    .sql_types(Sql::NONE.sqlite("TEXT")),
    kind(&["f32"], ColumnType::Real, EachDatabase("real", "REAL", "float"), EachDatabase("numeric", "TEXT", "int"))
        .default("0.5"),
    kind(
        &["f64"],
        ColumnType::Double,
        EachDatabase("double precision", "REAL", "double"),
        EachDatabase("real", "TEXT", "float"),
    )
    .default("0.5"),
    kind(
        &["Price"],
        ColumnType::Decimal,
        EachDatabase("numeric(12, 3)", "TEXT", "decimal(12, 3)"),
        EachDatabase("double precision", "REAL", "double"),
    )
    .narrow("numeric(12, 2)", "", "decimal(11, 3)")
    .sql_types(Sql::NONE.postgres("numeric(12, 3)").mysql("decimal(12, 3)")),
    kind(
        &["Price"],
        ColumnType::Decimal,
        EachDatabase("numeric", "TEXT", "decimal(20, 4)"),
        EachDatabase("money", "INTEGER", "bigint"),
    )
    .narrow("numeric(20, 6)", "", "decimal(20, 3)")
    .sql_types(Sql::NONE.mysql("decimal(20, 4)")),
    kind(
        &["String", "Box<str>"],
        ColumnType::Text,
        EachDatabase("text", "TEXT", "longtext"),
        EachDatabase("bytea", "BLOB", "longblob"),
    )
    .default("'x'")
    .key()
    .long(),
    kind(
        &["Vec<u8>"],
        ColumnType::Bytes,
        EachDatabase("bytea", "BLOB", "longblob"),
        EachDatabase("text", "INTEGER", "date"),
    )
    .key()
    .long(),
    kind(
        &["Day"],
        ColumnType::Date,
        EachDatabase("date", "TEXT", "date"),
        EachDatabase("timestamp", "BLOB", "datetime(6)"),
    )
    .key(),
    kind(
        &["Clock"],
        ColumnType::Time,
        EachDatabase("time", "TEXT", "time(6)"),
        EachDatabase("timestamp", "BLOB", "datetime(6)"),
    )
    .narrow("time(3)", "", "time(3)"),
    kind(
        &["Moment"],
        ColumnType::Timestamp,
        EachDatabase("timestamp", "TEXT", "datetime(6)"),
        EachDatabase("timestamptz", "BLOB", "date"),
    )
    .narrow("timestamp(0)", "", "datetime"),
    kind(
        &["std::time::SystemTime"],
        ColumnType::TimestampTz,
        EachDatabase("timestamptz", "TEXT", "datetime(6)"),
        EachDatabase("timestamp", "INTEGER", "bigint"),
    )
    .narrow("timestamptz(3)", "", "datetime(3)"),
    kind(
        &["std::time::Duration"],
        ColumnType::Duration,
        EachDatabase("bigint", "INTEGER", "bigint"),
        EachDatabase("integer", "BLOB", "time(6)"),
    )
    .narrow("", "", "int"),
    kind(
        &["Id"],
        ColumnType::Uuid,
        EachDatabase("uuid", "BLOB", "binary(16)"),
        EachDatabase("text", "INTEGER", "bigint"),
    )
    .key(),
    kind(
        &["std::net::IpAddr"],
        ColumnType::Inet,
        EachDatabase("inet", "TEXT", "varbinary(16)"),
        EachDatabase("cidr", "BLOB", "bigint"),
    ),
    kind(
        &["Document"],
        ColumnType::Json,
        EachDatabase("jsonb", "TEXT", "json"),
        EachDatabase("text", "BLOB", "longblob"),
    ),
    kind(
        &["Vec<i32>"],
        ColumnType::Array(&ColumnType::Integer),
        EachDatabase("integer[]", "TEXT", "json"),
        EachDatabase("integer", "BLOB", "int"),
    ),
    kind(
        &["Mood"],
        ColumnType::Text,
        EachDatabase("text", "TEXT", "enum('calm', 'wild', 'odd')"),
        EachDatabase("bytea", "BLOB", "int"),
    )
    .narrow("", "", "enum('calm', 'odd')")
    .default("'calm'")
    .enum_type(EnumType::new(LABELS)),
    kind(
        &["Spirit"],
        ColumnType::Text,
        EachDatabase("spirit", "TEXT", "enum('calm', 'wild', 'odd')"),
        EachDatabase("point", "BLOB", "date"),
    )
    .narrow("fewer_spirits", "", "enum('wild', 'odd')")
    .enum_type(EnumType::new(LABELS).postgres("spirit")),
];

/// Statements before the first table: an enum that lacks a label.
pub fn preparation(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "CREATE TYPE fewer_spirits AS ENUM ('calm', 'wild')",
        _ => "SELECT 1",
    }
}

/// The types that are named above and are no others' own.
pub const TYPES: &str = r#"use upsert::schema::ColumnType;
use upsert::value::Value;
use upsert::{ColumnGroup, ColumnValue, KeyValue, Upsertable};

pub type Number = i64;
#[derive(ColumnValue)]
pub struct Wrapped(pub i64);
#[derive(ColumnValue)]
pub enum Mood { Calm, Wild, Odd }
#[derive(ColumnValue)]
#[upsert(postgres_enum = "spirit")]
pub enum Spirit { Calm, Wild, Odd }

macro_rules! of_kind {
    ($($name:ident: $kind:ident),*) => {$(
        pub struct $name;
        impl ColumnValue for $name {
            const TYPE: ColumnType = ColumnType::$kind;
            fn value(&self) -> Value<'_> { Value::Null }
        }
    )*};
}
of_kind!(Price: Decimal, Day: Date, Clock: Time, Moment: Timestamp, Id: Uuid, Document: Json);
impl KeyValue for Day {}
impl KeyValue for Id {}
"#;
