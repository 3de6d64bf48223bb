//! The keys that may stand in each place, and what is said about any other.

use crate::suggest;

/// The keys that may stand on a struct, or on a field.
pub(super) struct Place {
    pub(super) name: &'static str,
    /// Each key, and how it is written.
    pub(super) keys: &'static [(&'static str, &'static str)],
    /// What people write who come from another crate, and what it is called here.
    elsewhere: &'static [(&'static str, &'static str)],
    /// Where else in the same item keys may stand.
    other: Option<&'static Self>,
    /// Where keys stand of a table, which this is not.
    of_table: &'static [&'static Self],
}

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
    elsewhere: &[],
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
    other: Some(&GROUP),
    of_table: &[&FIELD, &CONTAINER],
};

pub(super) static COLUMN_VALUE: Place = Place {
    name: "value of a column",
    keys: &[
        ("rename_all", r#"rename_all = "UPPERCASE""#),
        ("postgres_enum", r#"postgres_enum = "color""#),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[("type_name", r#"postgres_enum = "…""#), ("name", r#"postgres_enum = "…""#)],
    other: None,
    of_table: &[],
};

pub(super) static VARIANT: Place = Place {
    name: "variant",
    keys: &[("rename", r#"rename = "light red""#)],
    elsewhere: &[("name", r#"rename = "…""#), ("label", r#"rename = "…""#), ("string_value", r#"rename = "…""#)],
    other: None,
    of_table: &[],
};

pub(super) static NEWTYPE_FIELD: Place =
    Place { name: "field of a value", keys: &[], elsewhere: &[], other: None, of_table: &[] };

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
        if key == "transparent" {
            return "`transparent` is not needed: a struct of one field is what its field is; remove it".to_owned();
        }
        if let Some((_, ours)) = self.elsewhere.iter().find(|&&(name, _)| name == key) {
            return format!("unknown key `{key}`; write `{ours}`");
        }
        if let Some(other) = self.other.filter(|other| other.has(key)) {
            return format!("`{key}` belongs on a {}, not on a {}", other.name, self.name);
        }
        if self.of_table.iter().any(|place| place.has(key)) {
            return format!("`{key}` is said in the struct that is the table, not in one that is flattened into it");
        }
        let meant = suggest::did_you_mean(key, self.keys.iter().map(|&(name, _)| name));
        let allowed = suggest::list(self.keys.iter().map(|&(_, example)| example));
        format!("unknown key `{key}`{meant}\na {} takes {allowed}", self.name)
    }
}
