//! The keys that may stand in each place, and what is said about any other.

use crate::suggest;

/// The keys that may stand on a struct, or on a field.
pub(super) struct Place {
    pub(super) name: &'static str,
    /// Each key, and how it is written.
    pub(super) keys: &'static [(&'static str, &'static str)],
    /// What people write who come from another crate, and what it is called here.
    elsewhere: &'static [(&'static str, &'static str)],
    /// What they write that has no name here, and what to do instead.
    absent: &'static [(&'static str, &'static str)],
    /// Where else in the same item keys may stand.
    other: Option<&'static Self>,
    /// Where keys stand of a table, which this is not.
    of_table: &'static [&'static Self],
}

const CHECK: &str =
    "a CHECK is added where the table is kept: leave it out; the column of an enum that derives `ColumnValue` has one";
const REFERENCES: &str = "a foreign key is added where the table is kept: leave it out";
const COMMENT: &str = "write it as a doc comment (`/// …`), whose first paragraph is the comment in the database";
const COLLATE: &str = "write `sql_type(…)` on the field, with the collation behind the type";
const READ_BACK: &str = "rows are not read back: leave it out";
const WHERE: &str = "every row is written, and one that would not change is left as it is: leave it out";
const ENUM: &str = "an enum is text, or an enum type of PostgreSQL: leave it out, or write `postgres_enum = \"…\"`";

pub(super) static CONTAINER: Place = Place {
    name: "struct",
    keys: &[
        ("table", r#"table = "users""#),
        ("schema", r#"schema = "app""#),
        ("rename_all", r#"rename_all = "camelCase""#),
        ("primary_key", "primary_key(a, b)"),
        ("conflict_target", "conflict_target(a)"),
        ("unique", "unique(a, b)"),
        ("index", "index(a)"),
        ("db", "db(postgres, sqlite, mysql)"),
        ("snapshot", "snapshot"),
        ("sqlite", "sqlite(without_rowid)"),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[
        ("database", "db(…)"),
        ("check_for_backend", "db(…)"),
        ("table_name", r#"table = "…""#),
        ("name", r#"table = "…""#),
        ("rename", r#"table = "…""#),
        ("schema_name", r#"schema = "…""#),
        ("pk", "primary_key(…)"),
        ("key", "primary_key(…)"),
        ("id", "primary_key(…)"),
        ("conflict", "conflict_target(…)"),
        ("indexes", "index(…)"),
        ("unique_key", "unique(…)"),
        ("on_conflict", "UpsertOptions::on_conflict"),
        ("dialect", "db(…)"),
        ("dialects", "db(…)"),
        ("backend", "db(…)"),
        ("databases", "db(…)"),
        ("database_name", r#"schema = "…""#),
        ("conflict_columns", "conflict_target(…)"),
        ("unique_together", "unique(…)"),
        ("index_together", "index(…)"),
        ("composite_key", "primary_key(…)"),
        ("do_nothing", "UpsertOptions::on_conflict"),
        ("without_rowid", "sqlite(without_rowid)"),
    ],
    absent: &[
        ("check", CHECK),
        ("constraint", CHECK),
        ("foreign_key", REFERENCES),
        ("belongs_to", REFERENCES),
        ("comment", COMMENT),
        ("engine", "tables are created of MySQL's InnoDB, whose transactions this library needs: leave it out"),
        ("strict", "tables of SQLite are created STRICT: leave it out, or write `sqlite(strict = false)`"),
        ("charset", COLLATE),
        ("collate", COLLATE),
        ("collation", COLLATE),
        ("where", WHERE),
        ("filter", WHERE),
        ("update_where", WHERE),
        ("soft_delete", "rows are written and never deleted: leave it out"),
        ("returning", READ_BACK),
        ("deny_unknown_fields", READ_BACK),
        ("treat_none_as_null", "`None` is NULL here, but for a column with a `default`: leave it out"),
        ("treat_none_as_default_value", "write `default` on each field whose `None` is the column's default"),
    ],
    other: Some(&FIELD),
    of_table: &[],
};

pub(super) static FIELD: Place = Place {
    name: "field",
    keys: &[
        ("primary_key", "primary_key"),
        ("column", r#"column = "e_mail""#),
        ("skip", "skip"),
        ("update", "update = never"),
        ("max_len", "max_len = 40"),
        ("json", "json"),
        ("with", r#"with = "Cents""#),
        ("sql_type", r#"sql_type(postgres = "citext", sqlite = "TEXT")"#),
        ("unique", "unique"),
        ("index", "index"),
        ("default", r#"default = "0""#),
        ("identity", "identity"),
        ("generated", r#"generated = "price * quantity""#),
        ("flatten", "flatten"),
        ("prefix", r#"prefix = "addr_""#),
    ],
    elsewhere: &[
        ("auto_increment", "identity"),
        ("autoincrement", "identity"),
        ("auto", "identity"),
        ("serial", "identity"),
        ("default_value", r#"default = "…""#),
        ("default_expr", r#"default = "…""#),
        ("computed", r#"generated = "…""#),
        ("indexed", "index"),
        ("embed", "flatten"),
        ("nested", "flatten"),
        ("max_length", "max_len = …"),
        ("length", "max_len = …"),
        ("serialize_as", r#"with = "…""#),
        ("column_type", r#"sql_type(postgres = "…")"#),
        ("type", r#"sql_type(postgres = "…")"#),
        ("nullable", "Option<…>"),
        ("skip_update", "update = never"),
        ("skip_insertion", "skip"),
        ("column_name", r#"column = "…""#),
        ("name", r#"column = "…""#),
        ("pk", "primary_key"),
        ("key", "primary_key"),
        ("id", "primary_key"),
        ("ignore", "skip"),
        ("transient", "skip"),
        ("exclude", "skip"),
        ("skip_serializing", "skip"),
        ("skip_serializing_if", "Option<…>"),
        ("serialize_with", r#"with = "…""#),
        ("as_text", r#"with = "…""#),
        ("save_as", r#"with = "…""#),
        ("try_from", r#"with = "…""#),
        ("into", r#"with = "…""#),
        ("custom_type", r#"sql_type(postgres = "…")"#),
        ("type_name", r#"sql_type(postgres = "…")"#),
        ("db_type", r#"sql_type(postgres = "…")"#),
        ("data_type", r#"sql_type(postgres = "…")"#),
        ("sqltype", r#"sql_type(postgres = "…")"#),
        ("size", "max_len = …"),
        ("limit", "max_len = …"),
        ("varchar", "max_len = …"),
        ("insert_only", "update = never"),
        ("readonly", "update = never"),
        ("immutable", "update = never"),
        ("no_update", "update = never"),
        ("generated_always", r#"generated = "…""#),
        ("jsonb", "json"),
        ("unique_key", "unique"),
    ],
    absent: &[
        ("check", CHECK),
        ("constraint", CHECK),
        ("references", REFERENCES),
        ("foreign_key", REFERENCES),
        ("belongs_to", REFERENCES),
        ("on_delete", REFERENCES),
        ("comment", COMMENT),
        ("charset", COLLATE),
        ("collate", COLLATE),
        ("collation", COLLATE),
        ("not_null", "a field that is no `Option` is never NULL: leave it out"),
        ("alias", READ_BACK),
        ("deserialize_with", READ_BACK),
        ("deserialize_as", READ_BACK),
        ("skip_deserializing", READ_BACK),
        ("select_as", READ_BACK),
        ("select_expression", READ_BACK),
        ("enum_name", "derive `ColumnValue` for the enum, with `postgres_enum = \"…\"`"),
        ("version", "what is updated is said in the call, `UpsertOptions::update_columns`: leave it out"),
    ],
    other: Some(&CONTAINER),
    of_table: &[],
};

/// A struct that is flattened into others.
pub(super) static GROUP: Place = Place {
    name: "flattened struct",
    keys: &[
        ("rename_all", r#"rename_all = "camelCase""#),
        ("db", "db(postgres, sqlite, mysql)"),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[("dialect", "db(…)"), ("backend", "db(…)"), ("database", "db(…)")],
    absent: &[
        ("prefix", "write it beside `flatten`, at the field of the struct that this one is flattened into"),
        (
            "rename",
            "a flattened struct has no name in the database: leave it out, or write `column = \"…\"` on a field",
        ),
    ],
    other: Some(&GROUP_FIELD),
    of_table: &[&CONTAINER, &FIELD],
};

pub(super) static GROUP_FIELD: Place = Place {
    name: "field of a flattened struct",
    keys: &[
        ("column", r#"column = "e_mail""#),
        ("skip", "skip"),
        ("update", "update = never"),
        ("max_len", "max_len = 40"),
        ("json", "json"),
        ("with", r#"with = "Cents""#),
        ("sql_type", r#"sql_type(postgres = "citext", sqlite = "TEXT")"#),
        ("default", r#"default = "0""#),
        ("flatten", "flatten"),
        ("prefix", r#"prefix = "addr_""#),
    ],
    elsewhere: FIELD.elsewhere,
    absent: FIELD.absent,
    other: Some(&GROUP),
    of_table: &[&FIELD, &CONTAINER],
};

pub(super) static COLUMN_VALUE: Place = Place {
    name: "value of a column",
    keys: &[
        ("rename_all", r#"rename_all = "UPPERCASE""#),
        ("postgres_enum", r#"postgres_enum = "color""#),
        ("transparent", "transparent"),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[
        ("type_name", r#"postgres_enum = "…""#),
        ("name", r#"postgres_enum = "…""#),
        ("rename", r#"postgres_enum = "…""#),
        ("enum_name", r#"postgres_enum = "…""#),
        ("postgres_type", r#"postgres_enum = "…""#),
        ("serialize_all", r#"rename_all = "…""#),
    ],
    absent: &[
        ("db_type", ENUM),
        ("rs_type", ENUM),
        ("repr", ENUM),
        ("mysql_type", "columns of MySQL are of an `enum(…)` of their own: leave it out"),
        ("tag", "write `#[upsert(json)]` on the field that has it, which stores what serde makes of it"),
        ("untagged", "write `#[upsert(json)]` on the field that has it, which stores what serde makes of it"),
    ],
    other: None,
    of_table: &[],
};

pub(super) static VARIANT: Place = Place {
    name: "variant",
    keys: &[("rename", r#"rename = "light red""#)],
    elsewhere: &[
        ("name", r#"rename = "…""#),
        ("label", r#"rename = "…""#),
        ("string_value", r#"rename = "…""#),
        ("serialize", r#"rename = "…""#),
        ("to_string", r#"rename = "…""#),
        ("column", r#"rename = "…""#),
    ],
    absent: &[
        ("skip", "every variant is a text of its own: leave it out"),
        ("other", "values are not read back: leave it out"),
        ("num_value", ENUM),
    ],
    other: None,
    of_table: &[],
};

pub(super) static NEWTYPE_FIELD: Place =
    Place { name: "field of a value", keys: &[], elsewhere: &[], absent: &[], other: None, of_table: &[] };

impl Place {
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|&(name, _)| name == key)
    }

    /// Whether a key may be given several times.
    pub(super) fn repeats(&self, key: &str) -> bool {
        std::ptr::eq(self, &CONTAINER) && ["unique", "index"].contains(&key)
    }

    pub(super) fn example(&self, key: &str) -> &'static str {
        self.keys.iter().find(|&&(name, _)| name == key).map_or("", |&(_, example)| example)
    }

    pub(super) fn unknown(&self, key: &str) -> String {
        if self.keys.is_empty() {
            return format!(
                "a {} takes no keys: what a column is called and how it is updated is said at the row's field",
                self.name
            );
        }
        if let Some((_, ours)) = self.elsewhere.iter().find(|&&(name, _)| name == key) {
            return format!("unknown key `{key}`; write `{ours}`");
        }
        if let Some((_, instead)) = self.absent.iter().find(|&&(name, _)| name == key) {
            return format!("unknown key `{key}`; {instead}");
        }
        if let Some(other) = self.other.filter(|other| other.has(key)) {
            return format!("`{key}` belongs on a {}, not on a {}", other.name, self.name);
        }
        if self.of_table.iter().any(|place| place.has(key)) {
            let instead = match key {
                "primary_key" | "conflict_target" | "unique" | "index" | "identity" => {
                    "; a column of a key or an index is a field of that struct: move it there"
                }
                _ => "",
            };
            return format!(
                "`{key}` is said in the struct that is the table, not in one that is flattened into it{instead}"
            );
        }
        let meant = suggest::did_you_mean(key, self.keys.iter().map(|&(name, _)| name));
        let allowed = suggest::list(self.keys.iter().map(|&(_, example)| example));
        format!("unknown key `{key}`{meant}\na {} takes {allowed}", self.name)
    }
}
