//! What becomes of a table behind its struct's back: SQL that is written by hand.

use proptest::test_runner::TestRng;
use upsert::Dialect;

use super::{COMPUTED, DrawnColumn, DrawnTable, EXPRESSION, NUMBER, Role};
use crate::database::quoted;
use crate::mariadb::exact_collation;
use crate::seed::below;

/// One change of a table.
#[derive(Clone, Debug)]
pub struct Mutation {
    pub what: &'static str,
    pub sql: String,
    /// The column that is another now; or the columns of the key that is gone.
    pub columns: Vec<String>,
    pub told: Told,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Rows fit no more, or not all of them.
    AsDifference,
    /// They fit all the same.
    AsNote,
}

/// Where a struct says what is no longer so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Field(usize),
    Computed,
    Struct,
    Key,
}

impl DrawnTable {
    /// What is said of the table by hand, which the library would create as well.
    pub fn by_hand(&self, dialect: Dialect) -> String {
        self.recreated(dialect, None, true)
    }

    /// One change that the database can do.
    pub fn mutation(&self, dice: &mut TestRng, dialect: Dialect) -> Mutation {
        let mut all = self.of_table(dialect);
        let plain = |column: &DrawnColumn| column.role == Role::Plain && !column.unique && !column.index;
        for (position, column) in self.columns.iter().enumerate() {
            if plain(column) {
                self.of_column(position, column, dialect, &mut all);
            } else if column.role == Role::Key {
                self.of_key_column(position, column, dialect, &mut all);
            }
        }
        // Each kind of change is as likely as the others.
        let mut kinds: Vec<&str> = all.iter().map(|mutation| mutation.what).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let what = kinds[below(dice, kinds.len())];
        all.retain(|mutation| mutation.what == what);
        all.swap_remove(below(dice, all.len()))
    }

    fn of_table(&self, dialect: Dialect) -> Vec<Mutation> {
        let table = quoted(&self.name);
        let number = NUMBER.there.on(dialect);
        let mut all = vec![
            Mutation {
                what: "key_is_gone",
                sql: self.recreated(dialect, None, false),
                columns: self.key().iter().map(|&column| self.columns[column].name.clone()).collect(),
                told: Told::AsDifference,
                place: Place::Key,
            },
            Mutation {
                what: "column_that_must_be_given",
                sql: format!("ALTER TABLE {table} ADD COLUMN must {number} NOT NULL"),
                columns: vec!["must".to_owned()],
                told: Told::AsDifference,
                place: Place::Struct,
            },
        ];
        if self.is_computed {
            all.push(Mutation {
                what: "computed_no_more",
                sql: self.redefined(COMPUTED, number),
                columns: vec![COMPUTED.to_owned()],
                told: Told::AsDifference,
                place: Place::Computed,
            });
        }
        all
    }

    fn of_column(&self, position: usize, column: &DrawnColumn, dialect: Dialect, all: &mut Vec<Mutation>) {
        let DrawnColumn { name, kind, nullable, max_len, default, .. } = column;
        let mut add = |what, sql, told| {
            let (columns, place) = (vec![name.clone()], Place::Field(position));
            all.push(Mutation { what, sql, columns, told, place });
        };
        let told = Told::AsDifference;
        add("dropped", format!("ALTER TABLE {} DROP COLUMN {}", quoted(&self.name), quoted(name)), told);
        let null = column.null();
        let own = column.sql_type(dialect);
        let computed = if dialect == Dialect::Sqlite { "VIRTUAL" } else { "STORED" };
        add("computed", self.redefined(name, &format!("{own} GENERATED ALWAYS AS (NULL) {computed}")), told);
        if *default {
            add("default_is_gone", self.redefined(name, &own), told);
            return;
        }
        add("wrong_type", self.redefined(name, &format!("{}{null}", kind.wrong.on(dialect))), told);
        if let Some(narrow) = column.narrow(dialect) {
            let what = if max_len.is_some() { "shorter" } else { "narrow_type" };
            add(what, self.redefined(name, &format!("{narrow}{null}")), told);
        }
        if *nullable {
            add("null_no_more", self.redefined(name, &format!("{own} NOT NULL")), told);
        } else {
            add("may_be_null", self.redefined(name, &own), Told::AsNote);
        }
    }

    fn of_key_column(&self, position: usize, column: &DrawnColumn, dialect: Dialect, all: &mut Vec<Mutation>) {
        let Some(narrow) = column.narrow(dialect) else { return };
        all.push(Mutation {
            what: "narrow_key",
            sql: self.recreated(dialect, Some((position, &format!("{narrow} NOT NULL"))), true),
            columns: vec![column.name.clone()],
            told: Told::AsDifference,
            place: Place::Field(position),
        });
    }

    /// A column that is made anew.
    fn redefined(&self, column: &str, definition: &str) -> String {
        let (table, column) = (quoted(&self.name), quoted(column));
        format!("ALTER TABLE {table} DROP COLUMN {column}; ALTER TABLE {table} ADD COLUMN {column} {definition}")
    }

    /// A table that is made anew, with or without the key by which rows are found, and with another definition of a column.
    fn recreated(&self, dialect: Dialect, other: Option<(usize, &str)>, with_key: bool) -> String {
        let table = quoted(&self.name);
        let mut lines: Vec<String> = Vec::new();
        for (position, column) in self.columns.iter().enumerate() {
            let definition = match other {
                Some((changed, definition)) if changed == position => definition.to_owned(),
                _ => column.definition(dialect),
            };
            lines.push(format!("{} {definition}", quoted(&column.name)));
        }
        if self.is_computed {
            let number = NUMBER.there.on(dialect);
            lines.push(format!("{COMPUTED} {number} GENERATED ALWAYS AS ({EXPRESSION}) STORED"));
        }
        let list = |key: &[usize]| {
            let names: Vec<String> = key.iter().map(|&column| quoted(&self.columns[column].name)).collect();
            names.join(", ")
        };
        if with_key || self.target.is_some() {
            lines.push(format!("PRIMARY KEY ({})", list(&self.primary_key)));
        }
        if let (true, Some(target)) = (with_key, &self.target) {
            lines.push(format!("UNIQUE ({})", list(target)));
        }
        let unique = self.columns.iter().filter(|column| column.unique);
        lines.extend(unique.map(|column| format!("UNIQUE ({})", quoted(&column.name))));
        let indexed = self.columns.iter().enumerate().filter(|(_, column)| column.index);
        let indexes = indexed.map(|(position, column)| {
            let name = quoted(&format!("{} by hand {position}", self.name));
            format!("; CREATE INDEX {name} ON {table} ({})", quoted(&column.name))
        });
        let indexes: String = indexes.collect();
        let behind = match dialect {
            Dialect::MySql => format!(" CHARACTER SET utf8mb4 COLLATE {}", exact_collation()),
            Dialect::Postgres => String::new(),
            _ => " STRICT".to_owned(),
        };
        format!("DROP TABLE {table}; CREATE TABLE {table} ({}){behind}{indexes}", lines.join(", "))
    }
}

impl DrawnColumn {
    fn sql_type(&self, dialect: Dialect) -> String {
        self.of_length(self.max_len, dialect).unwrap_or_else(|| self.kind.there.on(dialect).to_owned())
    }

    /// A type with a length, where the database has that.
    fn of_length(&self, max_len: Option<u32>, dialect: Dialect) -> Option<String> {
        let is_text = self.kind.there.on(Dialect::Sqlite) == "TEXT";
        let name = match dialect {
            Dialect::Postgres | Dialect::MySql if is_text => "varchar",
            Dialect::MySql => "varbinary",
            _ => return None,
        };
        max_len.map(|max_len| format!("{name}({max_len})"))
    }

    fn narrow(&self, dialect: Dialect) -> Option<String> {
        if let Some(max_len) = self.max_len {
            return self.of_length(Some(max_len / 2), dialect);
        }
        Some(self.kind.narrow.on(dialect)).filter(|narrow| !narrow.is_empty()).map(str::to_owned)
    }

    fn null(&self) -> &'static str {
        if self.nullable && !self.default { "" } else { " NOT NULL" }
    }

    fn definition(&self, dialect: Dialect) -> String {
        let (own, null) = (self.sql_type(dialect), self.null());
        match self.role {
            Role::Identity => match dialect {
                Dialect::Postgres => format!("{own} GENERATED BY DEFAULT AS IDENTITY"),
                Dialect::MySql => format!("{own} AUTO_INCREMENT"),
                _ => own,
            },
            // MySQL takes for a longer text nothing but an expression.
            _ if self.default => format!("{own}{null} DEFAULT ({})", self.kind.default),
            _ => format!("{own}{null}"),
        }
    }
}
