//! `#[derive(Upsertable)]`: reads the attributes of a struct, settles what they say, checks it, writes the code.

mod attr;
mod case;
mod column_value;
mod errors;
mod expand;
mod fallback;
mod group;
mod layout;
mod model;
mod questions;
mod snapshot;
mod suggest;
mod validate;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::errors::Errors;
use crate::model::Model;
use crate::snapshot::Snapshots;

/// Makes the values of a struct rows of a table.
///
/// Each field is a column, and the fields marked `primary_key` find the row that is already there:
///
/// ```
/// use upsert::Upsertable;
///
/// #[derive(Upsertable)]
/// struct WeatherStation {
///     #[upsert(primary_key)]
///     id: i64,
///     name: Option<String>,
/// }
///
/// assert_eq!(
///     WeatherStation::SCHEMA.to_string(),
///     "weather_station (\n    id bigint,\n    name text null,\n    primary key (id)\n)"
/// );
/// ```
///
/// The struct has named fields, whose types implement `ColumnValue`, those of the key `KeyValue`. It may borrow
/// (`struct Row<'a> { name: &'a str }`) and be generic: `Row<T>` is a row for each `T` with which its fields fit.
///
/// All attributes are written in `#[upsert(…)]`, in one or in several; each may be given once. A mistake in them is a
/// compile error at its place, and all mistakes of a struct are shown at once.
///
/// # On the struct
///
/// | attribute | meaning | without it |
/// |---|---|---|
/// | `table = "users"` | the table's name | the struct's name in snake_case, never in the plural |
/// | `schema = "app"` | the schema (PostgreSQL), database (MySQL) or attached database (SQLite) it is in | the connection's own |
/// | `rename_all = "camelCase"` | how names of fields become names of columns | as the fields are named |
/// | `primary_key(a, b)` | the fields of the key, in the order of its index | `primary_key` on the fields |
/// | `conflict_target(a)` | the fields of the unique key by which rows that are already there are found | the primary key |
/// | `unique(a, b)` | a unique key that the table is created with | no other than the primary key |
/// | `index(a)` | an index that the table is created with | none |
/// | `db(postgres, sqlite, mysql)` | databases whose rules are checked here | checked where rows are written |
/// | `sqlite(without_rowid)` | how SQLite keeps the table that is created: `without_rowid`, `strict = false` | `STRICT`, with a rowid |
/// | `snapshot` | the struct is held against what its table was like when `cargo upsert snapshot` looked at it | compared with the table in each call |
/// | `crate = "my_crate::upsert"` | where generated code finds this library | `::upsert` |
///
/// ## `table` and `schema`
///
/// Names are always quoted, so any name will do: capital letters, blanks and key words keep what they are.
///
/// ```
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// #[upsert(table = "Weather Stations", schema = "app")]
/// struct Station {
///     #[upsert(primary_key)]
///     id: i64,
/// }
///
/// assert_eq!(Station::SCHEMA.table, "Weather Stations");
/// assert_eq!(Station::SCHEMA.schema, Some("app"));
/// ```
///
/// ## `rename_all`
///
/// The cases are those of serde: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`,
/// `SCREAMING_SNAKE_CASE`, `kebab-case` and `SCREAMING-KEBAB-CASE`. A field's own `column` goes first.
///
/// ```
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// #[upsert(rename_all = "camelCase")]
/// struct Station {
///     #[upsert(primary_key)]
///     station_id: i64,
///     #[upsert(column = "e_mail")]
///     contact_address: String,
/// }
///
/// assert_eq!(Station::COL.station_id.name(), "stationId");
/// assert_eq!(Station::COL.contact_address.name(), "e_mail");
/// ```
///
/// ## `primary_key(…)`
///
/// It names fields, not columns. The order is that of the index, and may be another than that of the fields; the key is
/// named either here or at the fields.
///
/// ```
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// #[upsert(primary_key(origin, hour))]
/// struct Observation {
///     hour: i64,
///     origin: String,
///     temperature: Option<f64>,
/// }
///
/// assert_eq!(Observation::SCHEMA.primary_key, [1, 0]);
/// ```
///
/// A key column is never NULL and has exact equality, so `Option`, floats, arrays and JSON are refused:
///
/// ```compile_fail,E0277
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// struct Station {
///     #[upsert(primary_key)]
///     id: Option<i64>,
/// }
/// ```
///
/// ## Doc comments
///
/// The first paragraph of the doc comment of the struct, and of each field, is the comment of the table and of the column that
/// PostgreSQL and MySQL keep when they are created or added; one that is there is left as it is. MySQL goes without one of more
/// than 1 024 characters (2 048 of a table), or with characters beyond U+FFFF. SQLite has none.
///
/// ## `snapshot`
///
/// `cargo upsert snapshot --database URL --table station` looks at a table, and writes a small file,
/// `upsert-snapshots/postgres/station.snapshot`, to be committed. The derive holds the struct against it, with no database at hand:
/// a column that is missing on either side, a type that does not fit, NULL where the column takes none, a `max_len` beyond the
/// column's, a key without a unique index, a value for a column that the database computes. `cargo upsert snapshot --check` in CI
/// tells when the table is another one. What is compared of a flattened struct is told where it is flattened; of a column that names
/// its type by `sql_type`, whether that one has more digits or characters than the table's; of an enum type
/// its labels, and not its name; of a `CHECK` of labels these, as `diff` compares them.
///
/// The folder is beside Cargo.toml, or where the variable `UPSERT_SNAPSHOTS` says. A struct is held against the snapshots of each
/// database that has a folder there and, if the struct says so, is named in `db(…)`. Where some values do not fit (an `i64` on an
/// `integer`), naming the column's type by `sql_type(postgres = "integer")` says that this is known. A folder that is missing is an
/// error in the package itself only, not in what depends on it.
///
/// ## `unique` and `index`
///
/// Each may be given several times; on a field, `unique` and `index` alone are one of that field. Beside fields stand
/// `name = "…"` (otherwise it is made of the names of table and columns), `where = "…"` for an index of some rows only, and
/// `expr = "…"` in place of fields; the last two are SQL, as it is. They are created with the table, and not looked for in
/// one that is there. A field may be in several, which clippy takes for a slip (`clippy::duplicated_attributes`). An index in a schema can have a name once: one that is named here cannot be created for a second
/// table of the struct (`UpsertOptions::table`), and the call says so.
///
/// ```
/// # use upsert::{Dialect, Upsertable};
/// #[derive(Upsertable)]
/// #[upsert(unique(tenant, login), index(city, where = "city IS NOT NULL"))]
/// #[upsert(unique(expr = "lower(email)", name = "one_account_for_each_email"))]
/// struct User {
///     #[upsert(primary_key)]
///     id: i64,
///     tenant: i32,
///     login: String,
///     email: String,
///     city: Option<String>,
///     #[upsert(index)]
///     born: i32,
/// }
///
/// let sql = User::create_table_sql(Dialect::Sqlite)?;
/// assert!(sql.contains(r#"UNIQUE ("tenant", "login")"#), "{sql}");
/// assert!(sql.contains(r#"CREATE INDEX "user_city_idx" ON "user" ("city") WHERE city IS NOT NULL"#), "{sql}");
/// # Ok::<(), upsert::Error>(())
/// ```
///
/// ## `conflict_target`
///
/// What is "already there" is decided by this unique key, and the table is created with it. A row that is there keeps its
/// primary key, whatever comes with the new one: other rows may refer to it. It lets the database number
/// the rows (`identity`), of which the primary key is then made:
///
/// ```
/// # use upsert::{Upsertable, UpsertOptions};
/// #[derive(Upsertable)]
/// #[upsert(conflict_target(email))]
/// struct User {
///     #[upsert(primary_key, identity)]
///     id: Option<i64>,
///     email: String,
///     name: String,
/// }
///
/// let mut database = upsert::rusqlite::Connection::open_in_memory()?;
/// let ada = |name: &str| [User { id: None, email: "ada@example.org".into(), name: name.into() }];
/// User::upsert(&mut database, ada("Ada"), UpsertOptions::new().create_table())?;
/// let report = User::upsert(&mut database, ada("Ada Lovelace"), UpsertOptions::new())?;
/// assert_eq!(report.updated, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What finds a row is not updated in it. A call that finds rows by other columns (`UpsertOptions::conflict_target`) does update those of
/// the struct's own target, unless they are `update = never`; the primary key no call updates, so there it is an error.
///
/// ## `db`
///
/// What a database cannot hold does not compile where rows are written to it (see `FitsDatabase`). With `db`, it does not
/// compile here either, and each error stands at the name, the type or the key that it is about, and says what to write
/// instead. Of a struct with type parameters, what depends on none of them is looked at here.
///
/// ```compile_fail,E0080
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// #[upsert(db(sqlite))]
/// struct Counter {
///     #[upsert(primary_key)]
///     id: i64,
///     count: u64, // SQLite has no unsigned integers of 64 bits
/// }
/// ```
///
/// The compiler puts `evaluation panicked:` before what it finds out so, which means nothing more.
///
/// ## `sqlite`
///
/// Tables of SQLite are created `STRICT`, so that no value changes its type, whoever writes it. With `sqlite(strict = false)` types
/// are any words (`sql_type(sqlite = "VARCHAR(40)")`), as programs expect that read them; what each makes of values is known by its
/// affinity, and one that would change those of the field is refused by the compiler. `sqlite(without_rowid)` keeps rows in the index of
/// the primary key, which is good for short rows with a key that is no integer; such a table has no `identity`. A table that is there
/// stays what it is, and rows are written to any. In a struct that is flattened, types are those of STRICT tables.
///
/// ```
/// # use upsert::{Dialect, Upsertable};
/// #[derive(Upsertable)]
/// #[upsert(sqlite(without_rowid, strict = false))]
/// struct Word {
///     #[upsert(primary_key, sql_type(sqlite = "VARCHAR(40)"))]
///     word: String,
///     count: i64,
/// }
///
/// let sql = Word::create_table_sql(Dialect::Sqlite)?;
/// assert!(sql.ends_with(") WITHOUT ROWID"), "{sql}");
/// # Ok::<(), upsert::Error>(())
/// ```
///
/// ## `crate`
///
/// For a crate that re-exports this one, and whose users do not depend on it.
///
/// ```
/// mod my_crate {
///     pub use ::upsert;
/// }
///
/// #[derive(my_crate::upsert::Upsertable)]
/// #[upsert(crate = "my_crate::upsert")]
/// struct Station {
///     #[upsert(primary_key)]
///     id: i64,
/// }
/// ```
///
/// # On a field
///
/// | attribute | meaning |
/// |---|---|
/// | `primary_key` | it is part of the key; if several are, the order of the fields is the order of the key |
/// | `column = "e_mail"` | the column's name; `rename = "e_mail"` is the same |
/// | `update = never` | the column keeps the value it was inserted with |
/// | `skip` | no column |
/// | `max_len = 40` | the most characters of a text, or bytes; longer values are refused, naming row and column |
/// | `json` | what serde can serialize, as a JSON document; `json(nullable)` makes `None` NULL |
/// | `with = "Cents"` | stored as a type says that implements `ColumnAs` of the field's |
/// | `sql_type(postgres = "citext")` | the type a table is created with, for each of `postgres`, `sqlite` and `mysql` |
/// | `default = "0"` | the column's default, as SQL; `default(postgres = "now()")` for each database; `default` alone is whatever the table has |
/// | `identity` | an integer that the database gives where the row has `None` |
/// | `generated = "price * quantity"` | a column that the database computes; never written; `generated(postgres = "…")` for each database |
/// | `flatten` | the columns of a struct that is a `ColumnGroup`; `prefix = "addr_"` goes before their names |
/// | `unique`, `index` | a unique key, an index of this column alone |
///
/// ```
/// # use upsert::Upsertable;
/// use upsert::schema::Update;
///
/// #[derive(Upsertable)]
/// struct User {
///     #[upsert(primary_key)]
///     id: i64,
///     #[upsert(column = "e_mail")]
///     email: String,
///     #[upsert(update = never)]
///     created_at: i64,
///     #[upsert(skip)]
///     cache: Vec<String>,
/// }
///
/// let names: Vec<&str> = User::SCHEMA.columns.iter().map(|column| column.name).collect();
/// assert_eq!(names, ["id", "e_mail", "created_at"]);
/// assert_eq!(User::SCHEMA.columns[2].update, Update::Never);
/// ```
///
/// ```
/// # use upsert::Upsertable;
/// use std::time::SystemTime;
/// use upsert::Dialect;
///
/// #[derive(serde::Serialize)]
/// struct Preferences {
///     theme: String,
/// }
///
/// #[derive(Upsertable)]
/// #[upsert(db(postgres, sqlite))]
/// struct Account {
///     #[upsert(primary_key, max_len = 40)]
///     login: String,
///     #[upsert(json)]
///     preferences: Preferences,
///     #[upsert(sql_type(postgres = "numeric(20)", sqlite = "INTEGER"))]
///     visits: u64,
///     /// The clock is finer than any database.
///     #[upsert(with = "upsert::with::TruncateToMicros")]
///     seen_at: SystemTime,
/// }
///
/// let sql = Account::create_table_sql(Dialect::Postgres)?;
/// assert!(sql.contains(r#""login" character varying(40) NOT NULL"#), "{sql}");
/// # Ok::<(), upsert::Error>(())
/// ```
///
/// ## `default`, `identity` and `generated`
///
/// A field with a `default` that is an `Option` is never NULL: where a row has `None`, the column takes its default, of a
/// new row and of one that is there. The table's own default counts, which may be another than that of the struct; a table
/// without one is refused. Of a field that is no `Option` the default is for others than this library. It is the database that makes the value: on
/// SQLite it has to have the form that this library writes, as a time has with
/// `strftime('%Y-%m-%d %H:%M:%f000+00:00')`, and not with `CURRENT_TIMESTAMP`.
///
/// SQL in attributes is written into statements as it is, a default and an expression in brackets. Quotes, brackets and comments in it
/// have to end, as each of the databases reads them that `db` names, and no `;` may end the statement; all else is the database's to
/// say.
///
/// ```compile_fail
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// struct Account {
///     #[upsert(primary_key)]
///     id: i64,
///     #[upsert(default = "'free")] // nothing closes the `'`
///     plan: Option<String>,
/// }
/// ```
///
/// Where a row has `None` in an `identity` column, the database gives the next number; a row that is there keeps its own,
/// and uses up none. On SQLite it is the whole primary key. On PostgreSQL, numbers that rows bring along do not advance the
/// sequence, which will come to them: after a load with numbers of its own, `setval` it; and the role needs `USAGE` of the
/// sequence. On MySQL it is the first column of the primary key, `AUTO_INCREMENT`; a 0 is a number like any other. New rows are numbered in the order in which they are written, which is that of the conflict target. A `generated` column is computed from others by an expression, and stored.
///
/// ```
/// # use upsert::{Upsertable, UpsertOptions};
/// #[derive(Upsertable)]
/// struct Line {
///     #[upsert(primary_key)]
///     id: i64,
///     price: i64,
///     #[upsert(default = "1")]
///     quantity: Option<i64>,
///     #[upsert(generated = "price * quantity")]
///     total: i64,
/// }
///
/// let mut database = upsert::rusqlite::Connection::open_in_memory()?;
/// let line = Line { id: 1, price: 30, quantity: None, total: 0 };
/// Line::upsert(&mut database, [line], UpsertOptions::new().create_table())?;
/// let total: i64 = database.query_row("SELECT total FROM line", [], |row| row.get(0))?;
/// assert_eq!(total, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is generated
///
/// An implementation of the trait `Upsertable`, which has the methods that write rows, and the constant `COL`: a struct
/// with a member for each column, by which options name columns. A column that does not exist does not compile:
///
/// ```compile_fail,E0609
/// # use upsert::Upsertable;
/// #[derive(Upsertable)]
/// struct User {
///     #[upsert(primary_key)]
///     id: i64,
/// }
///
/// let column = User::COL.nickname;
/// ```
#[proc_macro_derive(Upsertable, attributes(upsert))]
pub fn derive_upsertable(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum, or a struct of one field, a value of a column.
///
/// An enum whose variants have no data is text, of which the table's column takes nothing else (`CHECK`); or, if asked
/// for, an enum type of PostgreSQL, which is created with the table. Names go by `rename_all` (without it in snake_case),
/// or by `rename` on the variant.
///
/// A struct of one field is what its field is, also in a key; fields that are `PhantomData` do not count.
///
/// ```
/// use upsert::{ColumnValue, Dialect, Upsertable};
///
/// #[derive(ColumnValue)]
/// enum Status {
///     Open,
///     InProgress,
///     #[upsert(rename = "closed!")]
///     Closed,
/// }
///
/// #[derive(ColumnValue)]
/// #[upsert(postgres_enum = "priority", rename_all = "UPPERCASE")]
/// enum Priority {
///     Low,
///     High,
/// }
///
/// #[derive(ColumnValue)]
/// struct TicketId(i64);
///
/// #[derive(Upsertable)]
/// struct Ticket {
///     #[upsert(primary_key)]
///     id: TicketId,
///     status: Status,
///     priority: Priority,
/// }
///
/// let sql = Ticket::create_table_sql(Dialect::Postgres)?;
/// assert!(sql.contains(r#"("status" IN ('open', 'in_progress', 'closed!'))"#), "{sql}");
/// assert!(sql.contains(r#""priority" "priority" NOT NULL"#), "{sql}");
/// # Ok::<(), upsert::Error>(())
/// ```
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `rename_all = "UPPERCASE"` | the enum | how names of variants become texts: the cases of `Upsertable` |
/// | `rename = "light red"` | a variant | its text |
/// | `postgres_enum = "color"` | the enum | an enum type of this name on PostgreSQL, in the table's schema |
/// | `transparent` | the struct | what it is anyway: serde and sqlx ask for it |
/// | `crate = "my_crate::upsert"` | both | where generated code finds this library |
#[proc_macro_derive(ColumnValue, attributes(upsert))]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    column_value::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a part of others: its fields are columns of each table that it is flattened into.
///
/// The struct that is the table says `flatten` at its field, and may say what goes before the names of the columns:
///
/// ```
/// use upsert::{ColumnGroup, Upsertable};
///
/// #[derive(ColumnGroup)]
/// struct Address {
///     street: String,
///     city: Option<String>,
/// }
///
/// #[derive(Upsertable)]
/// struct Customer {
///     #[upsert(primary_key)]
///     id: i64,
///     #[upsert(flatten)]
///     home: Address,
///     #[upsert(flatten, prefix = "work_")]
///     work: Address,
/// }
///
/// let names: Vec<&str> = Customer::SCHEMA.columns.iter().map(|column| column.name).collect();
/// assert_eq!(names, ["id", "street", "city", "work_street", "work_city"]);
/// assert_eq!(Customer::COL.work.city.name(), "work_city");
/// ```
///
/// It may borrow and flatten others, and has no type parameters. A field of it cannot be in a key or an index: what belongs
/// there is a field of the table's own struct.
///
/// | attribute | on | meaning |
/// |---|---|---|
/// | `rename_all`, `db`, `crate` | the struct | as for `Upsertable` |
/// | `column`, `update`, `skip`, `max_len`, `json`, `with`, `sql_type`, `default`, `flatten`, `prefix` | a field | as for `Upsertable` |
#[proc_macro_derive(ColumnGroup, attributes(upsert))]
pub fn derive_column_group(input: TokenStream) -> TokenStream {
    group::derive(&parse_macro_input!(input as DeriveInput)).into()
}

fn derive(input: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let syntax = attr::read(input, &mut errors);
    let crate_path = syntax.container.crate_path();
    let model = Model::new(input, syntax, &mut errors);
    let mut snapshots = Snapshots::default();
    if let Some(model) = &model {
        validate::check(model, &mut errors);
        snapshots = snapshot::read(model, &mut errors);
        snapshots.check(model, &mut errors);
    }
    match (model, errors.into_tokens()) {
        (Some(model), None) => expand::expand(input, &model, &snapshots),
        (model, errors) => {
            let mut tokens = fallback::expand(input, model.as_ref(), &snapshots, &crate_path);
            tokens.extend(errors);
            tokens
        }
    }
}
