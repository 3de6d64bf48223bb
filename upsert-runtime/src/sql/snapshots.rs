//! Every statement of every dialect, compared with the file that holds it under `snapshots/`. `UPSERT_BLESS=1` writes
//! the files anew.

use std::path::Path;

use super::mysql::Found;
use super::postgres::Asked;
use super::{
    Dialect, Lacking, Remains, add_columns, change_types, create_deferred, create_schema, create_table, has_remains,
    has_rows, has_values, lacks_index, lacks_index_of, mysql, postgres, sqlite,
};
use crate::change::ChangeKind;
use crate::evolve::{Constraint, DefinedColumn, Definition, Sequence};
use crate::options::{Duplicates, OnConflict, UpsertOptions};
use crate::plan::{Comparison, Default, Keeps, MySqlFacts, Server, TableFacts, UpsertPlan};
use crate::schema::{
    Column, ColumnRef, ColumnType, EnumType, GeneratedColumn, Index, IndexOf, Origin, Sql, SqliteTableOptions,
    TableSchema, Update,
};

const COLUMNS: &[Column<'static>] = &[
    Column::new("origin", ColumnType::Text),
    Column::new("time_hour", ColumnType::TimestampTz),
    Column::new("temp", ColumnType::Double).nullable(true),
    Column::new("note \"quoted\"", ColumnType::Text).nullable(true),
    Column::new("extra", ColumnType::Json).nullable(true),
    Column::new("first_seen", ColumnType::TimestampTz).update(Update::Never),
];
const WEATHER: TableSchema<'static> = TableSchema::new("weather", COLUMNS, &[0, 1]);

const EVERY_TYPE: TableSchema<'static> = TableSchema::new(
    "every type",
    &[
        Column::new("small", ColumnType::SmallInt),
        Column::new("integer", ColumnType::Integer),
        Column::new("big", ColumnType::BigInt),
        Column::new("bool", ColumnType::Bool),
        Column::new("real", ColumnType::Real),
        Column::new("double", ColumnType::Double),
        Column::new("text", ColumnType::Text),
        Column::new("bytes", ColumnType::Bytes),
        Column::new("date", ColumnType::Date),
        Column::new("time", ColumnType::Time),
        Column::new("timestamp", ColumnType::Timestamp),
        Column::new("timestamptz", ColumnType::TimestampTz),
        Column::new("unsigned", ColumnType::UnsignedBigInt).sql_types(Sql::NONE.sqlite("INTEGER")),
        Column::new("huge", ColumnType::HugeInt).sql_types(Sql::NONE.sqlite("TEXT")),
        Column::new("unsigned huge", ColumnType::UnsignedHugeInt).sql_types(Sql::NONE.sqlite("TEXT")),
        Column::new("decimal", ColumnType::Decimal).sql_types(Sql::NONE.mysql("decimal(20, 4)")),
        Column::new("price", ColumnType::Decimal)
            .sql_types(Sql::NONE.postgres("numeric(12, 2)").mysql("decimal(12, 2)")),
        Column::new("short text", ColumnType::Text).max_len(40),
        Column::new("label", ColumnType::Text).enum_type(Some(EnumType::new(&["it's", "other"]))),
        Column::new("mood", ColumnType::Text).enum_type(Some(EnumType::new(&["it's", "other"]).postgres("mood"))),
        Column::new("duration", ColumnType::Duration),
        Column::new("uuid", ColumnType::Uuid),
        Column::new("inet", ColumnType::Inet),
        Column::new("array", ColumnType::Array(&ColumnType::Integer)).nullable(true),
        Column::new("json", ColumnType::Json).nullable(true),
    ],
    &[2],
);

/// A table with everything that a table can have.
const PARTS: TableSchema<'static> = TableSchema::new(
    "parts",
    &[
        Column::new("id", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity),
        Column::new("code", ColumnType::Text).max_len(20),
        Column::new("state", ColumnType::Text)
            .nullable(true)
            .max_len(9)
            .enum_type(Some(EnumType::new(&["new", "old"])))
            .origin(Origin::RowOrDefault(Sql::everywhere("'new'"))),
        Column::new("made", ColumnType::Date)
            .origin(Origin::RowOrDefault(Sql::NONE.postgres("CURRENT_DATE").sqlite("CURRENT_DATE").mysql("curdate()"))),
        Column::new("weight", ColumnType::Double)
            .nullable(true)
            .comment("What it weighs, in its owner's \\ kilograms."),
    ],
    &[0],
)
.comment("What is made of parts.")
.conflict_target(&[1])
.generated(&[
    GeneratedColumn::new(Column::new("grams", ColumnType::Double).nullable(true), Sql::everywhere("weight * 1000")),
    GeneratedColumn::new(Column::new("twice", ColumnType::Text), Sql::everywhere("code")),
])
.indexes(&[Index::unique(IndexOf::Columns(&[1, 2])).named("one \"code\""), Index::new(IndexOf::Columns(&[3, 2]))]);

/// The same with what MySQL does not have.
const MORE_PARTS: TableSchema<'static> = PARTS.indexes(&[
    Index::unique(IndexOf::Columns(&[1])),
    Index::unique(IndexOf::Columns(&[2])).predicate("weight > 0"),
    Index::unique(IndexOf::Expression("lower(code)")).named("lower_code"),
    Index::new(IndexOf::Columns(&[4])),
]);

fn column(position: usize) -> ColumnRef {
    ColumnRef { table: WEATHER.table, position, name: COLUMNS[position].name }
}

fn plan<'s>(schema: &TableSchema<'s>, options: &UpsertOptions, dialect: Dialect) -> UpsertPlan<'s> {
    UpsertPlan::new(schema, options, dialect).expect("the options fit the schema")
}

/// The plan of a table that was looked up.
fn resolved<'s>(schema: &TableSchema<'s>, options: &UpsertOptions, dialect: Dialect) -> UpsertPlan<'s> {
    let mut plan = plan(schema, options, dialect);
    let facts = TableFacts {
        schema: if dialect == Dialect::Sqlite { "main" } else { "app" }.to_owned(),
        column_facts: plan.column_facts.clone(),
        exact_keys: true,
        counts_in_one: true,
        mysql: MySqlFacts::default(),
    };
    plan.resolve(facts).expect("the facts are as usual");
    plan
}

/// The same, where key and note are of a type whose equal values can differ, as `citext` is.
fn with_foreign_keys(options: &UpsertOptions) -> UpsertPlan<'static> {
    let mut plan = plan(&WEATHER, options, Dialect::Postgres);
    let mut column_facts = plan.column_facts.clone();
    column_facts[0].comparison = Comparison::Image;
    column_facts[3].comparison = Comparison::Image;
    let facts = TableFacts {
        schema: "app".to_owned(),
        column_facts,
        exact_keys: false,
        counts_in_one: true,
        mysql: MySqlFacts::default(),
    };
    plan.resolve(facts).expect("the facts are as usual");
    plan
}

fn check(name: &str, statement: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sql/snapshots").join(name).with_extension("sql");
    let statement = format!("{statement}\n");
    if std::env::var_os("UPSERT_BLESS").is_some() {
        std::fs::write(&file, &statement).expect("the folder of the snapshots can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(statement, expected, "{name}: if the change is meant, run the test with UPSERT_BLESS=1");
}

fn options() -> [(&'static str, UpsertOptions); 7] {
    let new = UpsertOptions::new;
    [
        ("update", new()),
        ("update_rewrite", new().rewrite_unchanged()),
        ("update_some", new().update_columns([column(2)])),
        ("update_none", new().update_columns([])),
        ("ignore", new().on_conflict(OnConflict::Ignore)),
        ("error", new().on_conflict(OnConflict::Error)),
        ("other_target", new().conflict_target([column(1)])),
    ]
}

#[test]
fn create_tables() {
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite"), (Dialect::MySql, "mysql")] {
        check(&format!("{name}_create_parts"), &create_table(&plan(&PARTS, &UpsertOptions::new(), dialect)));
        if dialect != Dialect::MySql {
            let elsewhere = UpsertOptions::new().schema("tenant 7").table("other");
            check(&format!("{name}_create_more_parts"), &create_table(&plan(&MORE_PARTS, &elsewhere, dialect)));
        }
        check(&format!("{name}_create_every_type"), &create_table(&plan(&EVERY_TYPE, &UpsertOptions::new(), dialect)));
        let elsewhere = UpsertOptions::new().schema("tenant 7").table("weather \"2026\"").conflict_target([column(1)]);
        if dialect != Dialect::MySql {
            // Its key is text of any length.
            check(&format!("{name}_create_elsewhere"), &create_table(&plan(&WEATHER, &elsewhere, dialect)));
        }
    }
}

/// What waits for the rows is not in the table's own statement.
#[test]
fn indexes_that_wait() {
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite"), (Dialect::MySql, "mysql")] {
        let parts = if dialect == Dialect::MySql { &PARTS } else { &MORE_PARTS };
        let deferring = UpsertOptions::new().create_table().defer_indexes();
        let plan = resolved(parts, &deferring, dialect);
        let deferred: Vec<Lacking<'_>> = plan.deferred().map(Lacking::wholly).collect();
        let lacks = deferred.iter().map(|lacking| lacks_index(&plan, lacking.index));
        let all = [create_table(&plan)].into_iter().chain(lacks).chain(create_deferred(&plan, &deferred));
        check(&format!("{name}_deferred"), &all.collect::<Vec<_>>().join(";\n\n"));
        if let Some(asked) = has_remains(&plan, deferred[0].index) {
            let remains = [Lacking { remains: Remains::Invalid, ..deferred[0] }];
            let all = [asked].into_iter().chain(create_deferred(&plan, &remains));
            check(&format!("{name}_deferred_anew"), &all.collect::<Vec<_>>().join(";\n\n"));
        }
    }
}

/// What is asked for the list of differences alone.
#[test]
fn parts_of_tables() {
    let asked = |plan: &UpsertPlan<'_>| vec![lacks_index_of(plan, &[3, 2], false), lacks_index_of(plan, &[1, 2], true)];
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite"), (Dialect::MySql, "mysql")] {
        let mut all = asked(&resolved(&PARTS, &UpsertOptions::new(), dialect));
        if dialect == Dialect::Sqlite {
            let elsewhere = plan(&PARTS, &UpsertOptions::new().schema("tenant 7").table("it's"), dialect);
            let options = [sqlite::TableOption::Strict, sqlite::TableOption::WithoutRowid];
            all.extend(options.map(|option| sqlite::is_kept_otherwise(&elsewhere, option)));
        }
        check(&format!("{name}_parts"), &all.join(";\n\n"));
    }
}

#[test]
fn options_of_sqlite_tables() {
    let tables = [SqliteTableOptions::new().without_rowid(), SqliteTableOptions::new().not_strict()]
        .map(|options| create_table(&plan(&WEATHER.sqlite(options), &UpsertOptions::new(), Dialect::Sqlite)));
    check("sqlite_create_options", &tables.join(";\n\n"));
}

#[test]
fn tables_without_a_primary_key() {
    let schema = TableSchema { conflict_target: Some(&[1, 0]), ..TableSchema::new("weather", SHORT_COLUMNS, &[]) };
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite"), (Dialect::MySql, "mysql")] {
        check(&format!("{name}_create_unique_key"), &create_table(&plan(&schema, &UpsertOptions::new(), dialect)));
    }
}

/// Defaults and numbers stand in for what rows do not have.
#[test]
fn upserts_with_defaults() {
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite")] {
        let mut plan = resolved(&PARTS, &UpsertOptions::new(), dialect);
        plan.column_facts[2].default = Some(Default { sql: "'new'".to_owned(), sql_type: None });
        if dialect == Dialect::Postgres {
            plan.column_facts[0].default = Some(Default { sql: "nextval('parts_id_seq')".to_owned(), sql_type: None });
            plan.column_facts[2].default =
                Some(Default { sql: "('new')::text".to_owned(), sql_type: Some("text".to_owned()) });
            plan.column_facts[0].keeps = Keeps::Nothing;
            check("postgres_defaults", &postgres::upsert(&plan, &postgres::parameters(&plan)).sql);
            check(
                "postgres_defaults_staged",
                &postgres::upsert(&plan, &postgres::Stage { plan: &plan }.rows_to_write()).sql,
            );
        } else {
            check(&format!("{name}_defaults"), &sqlite::upsert(&plan, 2));
        }
    }
}

#[test]
fn upserts_of_postgres() {
    for (name, options) in options() {
        let plan = resolved(&WEATHER, &options, Dialect::Postgres);
        check(&format!("postgres_{name}"), &postgres::upsert(&plan, &postgres::parameters(&plan)).sql);
    }
    let plan = resolved(&WEATHER, &UpsertOptions::new(), Dialect::Postgres);
    let rows = postgres::parameters(&plan);
    let in_two = format!("{};\n\n{}", postgres::insert_missing(&plan, &rows).sql, postgres::update_rest(&plan, &rows));
    check("postgres_update_in_two", &in_two);
}

#[test]
fn staging_of_postgres() {
    for (name, options) in options() {
        let plan = resolved(&WEATHER, &options, Dialect::Postgres);
        check(
            &format!("postgres_staged_{name}"),
            &postgres::upsert(&plan, &postgres::Stage { plan: &plan }.rows_to_write()).sql,
        );
    }
    let refusing = UpsertOptions::new().duplicates(Duplicates::Error);
    for (name, plan) in
        [("exact", resolved(&WEATHER, &refusing, Dialect::Postgres)), ("foreign", with_foreign_keys(&refusing))]
    {
        let stage = postgres::Stage { plan: &plan };
        let mut all = vec![stage.create(), stage.copy()];
        if name == "foreign" {
            all.push(stage.convert());
        }
        all.extend([
            stage.repeated(),
            stage.count_keys(),
            postgres::upsert(&plan, &stage.rows_to_write()).sql,
            postgres::insert_missing(&plan, &stage.rows_to_write()).sql,
            postgres::update_rest(&plan, &stage.rows_to_write()),
            stage.drop(),
        ]);
        check(&format!("postgres_stage_{name}"), &all.join(";\n\n"));
    }
}

#[test]
fn questions_to_postgres() {
    check("postgres_facts", postgres::TABLE_FACTS);
    let plan = UpsertPlan::new(&WEATHER, &UpsertOptions::new(), Dialect::Postgres).expect("the plan is sound");
    check("postgres_ordinary_table", &postgres::ordinary_table(&plan, Asked::OutsideTransactions));
    let plan = UpsertPlan { schema: None, table: r#"a "quoted" \ one"#.to_owned(), ..plan };
    check("postgres_ordinary_table_on_path", &postgres::ordinary_table(&plan, Asked::InAnyCase));
    check("postgres_types_beneath", postgres::TYPES_BENEATH);
    check("postgres_column_defaults", postgres::COLUMN_DEFAULTS);
    check("postgres_column_definitions", postgres::COLUMN_DEFINITIONS);
    check("postgres_column_checks", postgres::COLUMN_CHECKS);
    check("postgres_begin", postgres::BEGIN);
    check("postgres_begin_read_committed", postgres::BEGIN_READ_COMMITTED);
    check("postgres_transaction_status", postgres::TRANSACTION_STATUS);
    check("postgres_end_idle_transaction", postgres::END_IDLE_TRANSACTION);
    check("postgres_lock", postgres::LOCK_TABLE_NAME);
    check("postgres_has_schema", postgres::HAS_SCHEMA);
    let plan = resolved(&WEATHER, &UpsertOptions::new().on_conflict(OnConflict::Error), Dialect::Postgres);
    check("postgres_first_there", &postgres::first_there(&plan, "weather_pkey"));
}

#[test]
fn upserts_of_sqlite() {
    for (name, options) in options() {
        let plan = resolved(&WEATHER, &options, Dialect::Sqlite);
        check(&format!("sqlite_{name}"), &sqlite::upsert(&plan, 1));
    }
}

/// The same table in MySQL, whose keys have a longest length.
const SHORT_COLUMNS: &[Column<'static>] =
    &[COLUMNS[0].max_len(40), COLUMNS[1], COLUMNS[2], COLUMNS[3], COLUMNS[4], COLUMNS[5]];
const SHORT_WEATHER: TableSchema<'static> = TableSchema::new("weather", SHORT_COLUMNS, &[0, 1]);

const SERVERS: [(&str, Server); 2] = [("mariadb", Server::MariaDb), ("mysql_8", Server::MySql(8, 0, 36))];

/// The plan of a table of this server that was looked up.
fn on_server(schema: &TableSchema<'static>, options: &UpsertOptions, server: Server) -> UpsertPlan<'static> {
    let mut plan = resolved(schema, options, Dialect::MySql);
    let column_types = plan.columns.iter().map(|column| format!("{}_as_it_is", column.column_type)).collect();
    plan.mysql = MySqlFacts { server, column_types, ..MySqlFacts::default() };
    plan
}

#[test]
fn upserts_of_mysql() {
    for (server_name, server) in SERVERS {
        for (name, options) in options() {
            let plan = on_server(&SHORT_WEATHER, &options, server);
            check(&format!("{server_name}_{name}"), &mysql::upsert(&plan, 2, Found::NotCounted));
            if server == Server::MariaDb {
                check(&format!("{server_name}_bulk_{name}"), &mysql::upsert(&plan, 1, Found::Counted));
            }
        }
        let mut plan = on_server(&SHORT_WEATHER, &UpsertOptions::new(), server);
        plan.mysql.has_other_keys = true;
        check(&format!("{server_name}_update_guarded"), &mysql::upsert(&plan, 2, Found::NotCounted));
        check(&format!("{server_name}_update_one"), &mysql::upsert(&plan, 1, Found::Counted));
        plan.on_conflict = OnConflict::Ignore;
        plan.updates.clear();
        check(&format!("{server_name}_ignore_guarded"), &mysql::upsert(&plan, 2, Found::NotCounted));
        let mut plan = on_server(&SHORT_WEATHER, &UpsertOptions::new(), server);
        plan.mysql.column_types[0] = "varchar(40) CHARACTER SET latin1 COLLATE latin1_bin".to_owned();
        let of_latin = [mysql::upsert(&plan, 2, Found::NotCounted), mysql::Stage { plan: &plan }.fill(2)];
        check(&format!("{server_name}_latin"), &of_latin.join(";\n\n"));
        let mut plan = on_server(&PARTS, &UpsertOptions::new(), server);
        plan.column_facts[2].default = Some(Default { sql: "('new')".to_owned(), sql_type: None });
        let defaults = [
            mysql::numbers(&plan, 0, 2),
            mysql::upsert(&plan, 2, Found::NotCounted),
            mysql::Stage { plan: &plan }.write(Found::Counted),
        ];
        check(&format!("{server_name}_defaults"), &defaults.join(";\n\n"));
        check(
            &format!("{server_name}_create"),
            &create_table(&on_server(&SHORT_WEATHER, &UpsertOptions::new(), server)),
        );
    }
}

#[test]
fn staging_of_mysql() {
    for (server_name, server) in SERVERS {
        for (name, options) in options() {
            let plan = on_server(&SHORT_WEATHER, &options, server);
            let stage = mysql::Stage { plan: &plan };
            let all = [stage.create(), stage.fill(2), stage.count(), stage.write(Found::NotCounted), stage.drop()];
            check(&format!("{server_name}_stage_{name}"), &all.join(";\n\n"));
        }
    }
}

/// There is nothing that MySQL 9 takes otherwise than MySQL 8, nor an old MySQL than MariaDB, but for collations.
#[test]
fn other_versions_of_mysql() {
    for (_, options) in options() {
        let on = |server| {
            let plan = on_server(&SHORT_WEATHER, &options, server);
            let stage = mysql::Stage { plan: &plan };
            [
                mysql::upsert(&plan, 2, Found::NotCounted),
                stage.create(),
                stage.fill(2),
                stage.count(),
                stage.write(Found::NotCounted),
                stage.drop(),
            ]
        };
        assert_eq!(on(Server::MySql(9, 1, 0)), on(Server::MySql(8, 0, 36)));
        assert_eq!(on(Server::MySql(5, 7, 44)), on(Server::MariaDb));
    }
}

#[test]
fn questions_to_mysql() {
    check("mysql_facts", &format!("{};\n{}", mysql::table_facts(None, "weather"), mysql::show_table(None, "weather")));
    check("mysql_facts_elsewhere", &mysql::table_facts(Some("tenant 7"), "it's `here`"));
    let plan = on_server(&SHORT_WEATHER, &UpsertOptions::new().on_conflict(OnConflict::Error), Server::MariaDb);
    let rest = [
        format!("{};\n{}", mysql::keep_as_it_is(&plan), mysql::table_now(&plan)),
        mysql::about_server(None),
        mysql::has_insert_trigger("app", "weather"),
        mysql::lock_table_name("weather"),
        mysql::unlock_table_name("weather"),
        mysql::lock_numbers("weather"),
        mysql::unlock_numbers("weather"),
        mysql::SET_UP.to_owned(),
        mysql::RESTORE.to_owned(),
        mysql::RESTORE_IF_SET_UP.to_owned(),
        mysql::WAIT_SHORTLY.to_owned(),
        mysql::WAIT_AS_BEFORE.to_owned(),
        mysql::BEGIN.to_owned(),
        mysql::kill(7),
        mysql::are_there(&plan, 2),
        mysql::has_update_trigger("app", "weather"),
        mysql::exact_defaults(&plan, [(0, true), (1, false)]),
        mysql::literal_of("it's".as_bytes(), true),
        mysql::tables(None),
    ];
    check("mysql_rest", &rest.join(";\n\n"));
    check("mariadb_about_bulk", &mysql::about_bulk(&plan));
}

#[test]
fn servers_are_told_apart_by_their_version() {
    let of = Server::of;
    assert_eq!(of("10.11.6-MariaDB-0+deb12u1"), Server::MariaDb);
    assert_eq!(of("5.5.5-10.6.12-MariaDB"), Server::MariaDb);
    assert_eq!(of("8.0.36"), Server::MySql(8, 0, 36));
    assert_eq!(of("9.1.0-commercial"), Server::MySql(9, 1, 0));
    assert!(of("8.0.20").names_rows() && of("8.4.0-log").names_rows());
    assert!(!of("8.0.19").names_rows() && !of("11.4.2-MariaDB").names_rows() && !of("what?").names_rows());
}

#[test]
fn the_rest_of_sqlite() {
    let plan = resolved(&WEATHER, &UpsertOptions::new(), Dialect::Sqlite);
    let stage = sqlite::Stage { plan: &plan };
    let all = [
        sqlite::probe(&plan, &plan.key.iter().map(|_| "BINARY".to_owned()).collect::<Vec<_>>()),
        sqlite::highest_rowid(&plan, "rowid"),
        sqlite::nth_key_from(&plan, 1),
        sqlite::count_between(&plan, 1),
        sqlite::count_some_between(&plan, 1),
        sqlite::upsert(&plan, 2),
        stage.create(),
        stage.fill(),
        stage.read(),
        stage.drop(),
    ];
    check("sqlite_rest", &all.join(";\n\n"));
}

/// A table with a column of each kind that can be added; and what is changed of it.
#[test]
fn changes_of_tables() {
    const DEFINED: [&str; 4] = ["id", "code", "state", "made"];
    let defined = |name: &&str| DefinedColumn {
        name: (*name).to_owned(),
        collation: Some("\"app\".\"german\"".to_owned()),
        keeps_type: *name == "state",
        labels: (*name == "state")
            .then(|| Constraint { name: "other_state_check".to_owned(), comment: Some("what it's for".to_owned()) }),
        sequence: (*name == "id")
            .then(|| Sequence { name: "\"app\".\"parts_id_seq\"".to_owned(), sql_type: "integer".to_owned() }),
        storage: if *name == "code" { vec!["SET STORAGE EXTERNAL".to_owned()] } else { Vec::new() },
    };
    for (dialect, name) in [(Dialect::Postgres, "postgres"), (Dialect::Sqlite, "sqlite"), (Dialect::MySql, "mysql")] {
        let elsewhere = UpsertOptions::new().schema("tenant 7").table("other");
        let parts = if dialect == Dialect::MySql { &PARTS } else { &MORE_PARTS };
        let plan = plan(parts, &elsewhere, dialect);
        let definition = Definition {
            create: match dialect {
                Dialect::MySql => "CREATE TABLE `other` (\n  \
                    `id` int(11) NOT NULL AUTO_INCREMENT,\n  \
                    `code` varchar(5) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL COMMENT 'its code',\n  \
                    `state` int(11) DEFAULT NULL,\n  \
                    `made` varchar(10) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL,\n  \
                    PRIMARY KEY (`id`)\n)"
                    .to_owned(),
                Dialect::Postgres | Dialect::Sqlite => {
                    "CREATE TABLE other (id INTEGER PRIMARY KEY AUTOINCREMENT, code INT, state INT CHECK (state IN ('new')), made INT)"
                        .to_owned()
                }
            },
            is_view: false,
            parts: vec!["CREATE INDEX by_code ON other (code)".to_owned()],
            rowid: None,
            analyzed: true,
            columns: DEFINED.iter().map(defined).collect(),
        };
        let add = add_columns(&plan, &[2, 3, 4, 5, 6]);
        let adapt = change_types(&plan, ChangeKind::AdaptEmptyColumns, &[2, 3], &definition);
        let wider: &[usize] = match dialect {
            Dialect::Postgres => &[0, 1, 2],
            Dialect::Sqlite => &[2],
            Dialect::MySql => &[0, 1],
        };
        let widen = change_types(&plan, ChangeKind::Widen, wider, &definition);
        let questions = [has_rows(&plan), has_values(&plan, "code")].to_vec();
        let lock = match dialect {
            Dialect::Postgres => vec![postgres::lock_table(&plan), create_schema(&plan)],
            Dialect::Sqlite => vec![sqlite::is_referred_to(&plan), sqlite::has_temporary_trigger(&plan)],
            Dialect::MySql => vec![mysql::lock_table(&plan), create_schema(&plan)],
        };
        let all = [lock, questions, add, adapt.expect("it is understood"), widen.expect("it is understood")];
        check(&format!("{name}_changes"), &all.concat().join(";\n\n"));
    }
}
