//! The structs of drawn tables, as a person would write them.

use std::fmt::Write;

use upsert::Dialect;

use super::{COMPUTED, DrawnColumn, DrawnTable, EXPRESSION, Place, Role, TYPES};

/// The source of a module, and where in it each struct says what.
pub struct Source {
    pub text: String,
    /// Of each table, in order.
    lines: Vec<Lines>,
}

/// Lines, which count from 1.
struct Lines {
    /// Of each column; those of a flattened struct are said where it is flattened.
    fields: Vec<usize>,
    computed: Option<usize>,
    name: usize,
    key: usize,
}

/// The structs of all tables, each held against the snapshot of its own on one kind of database.
pub fn source(tables: &[(DrawnTable, Dialect)]) -> Source {
    let mut source = Source { text: TYPES.to_owned(), lines: Vec::new() };
    for (table, dialect) in tables {
        let lines = source.write_struct(table, *dialect);
        source.lines.push(lines);
    }
    source
}

impl Source {
    /// The line at which a struct says something.
    pub fn line(&self, table: usize, place: Place) -> usize {
        let lines = &self.lines[table];
        match place {
            Place::Field(column) => lines.fields[column],
            Place::Computed => lines.computed.expect("it has such a column"),
            Place::Struct => lines.name,
            Place::Key => lines.key,
        }
    }

    /// Writes a line; tells its number.
    fn write(&mut self, line: &str) -> usize {
        writeln!(self.text, "{line}").expect("a text takes everything");
        self.text.lines().count()
    }

    fn write_struct(&mut self, table: &DrawnTable, dialect: Dialect) -> Lines {
        let name = &table.name;
        if let Some((range, _)) = &table.group {
            self.write(&format!("#[derive(ColumnGroup)]\npub struct {}Group {{", in_pascal_case(name)));
            for column in &table.columns[range.clone()] {
                self.write(&column.field(""));
            }
            self.write("}");
        }
        let fields = |key: &[usize]| {
            let names: Vec<String> = key.iter().map(|&column| table.columns[column].field_name()).collect();
            names.join(", ")
        };
        let database = match dialect {
            Dialect::Postgres => "postgres",
            Dialect::MySql => "mysql",
            _ => "sqlite",
        };
        self.write("#[derive(Upsertable)]");
        self.write(&format!("#[upsert(snapshot, table = {name:?}, db({database}))]"));
        let is_alone = table.primary_key.len() == 1;
        let mut key =
            if is_alone { 0 } else { self.write(&format!("#[upsert(primary_key({}))]", fields(&table.primary_key))) };
        if let Some(target) = &table.target {
            key = self.write(&format!("#[upsert(conflict_target({}))]", fields(target)));
        }
        let name = self.write(&format!("pub struct {} {{", in_pascal_case(name)));
        let mut lines = Lines { fields: Vec::new(), computed: None, name, key };
        for (position, column) in table.columns.iter().enumerate() {
            if let Some((range, prefix)) = &table.group
                && range.contains(&position)
            {
                if position == range.start {
                    let prefix = if prefix.is_empty() { String::new() } else { format!(", prefix = {prefix:?}") };
                    let group = in_pascal_case(&table.name);
                    self.write(&format!("    #[upsert(flatten{prefix})] pub group: {group}Group,"));
                }
                lines.fields.push(self.text.lines().count());
                continue;
            }
            let in_key = if is_alone && table.primary_key == [position] { "primary_key, " } else { "" };
            let line = self.write(&column.field(in_key));
            lines.fields.push(line);
            if !in_key.is_empty() && lines.key == 0 {
                lines.key = line;
            }
        }
        if table.is_computed {
            lines.computed =
                Some(self.write(&format!("    #[upsert(generated = {EXPRESSION:?})] pub {COMPUTED}: Option<i64>,")));
        }
        self.write("}");
        lines
    }
}

impl DrawnColumn {
    fn field_name(&self) -> String {
        // What is no name in Rust is made one.
        self.own_name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    }

    /// The field, in one line.
    fn field(&self, in_key: &str) -> String {
        let mut keys = in_key.to_owned();
        let mut say = |key: String| {
            keys.push_str(&key);
            keys.push_str(", ");
        };
        if self.field_name() != self.own_name {
            say(format!("column = {:?}", self.own_name));
        }
        if let Some(max_len) = self.max_len {
            say(format!("max_len = {max_len}"));
        }
        if self.default {
            say(format!("default = {:?}", self.kind.default));
        }
        let of = self.kind.sql_types;
        let types: Vec<String> = [("postgres", of.postgres), ("sqlite", of.sqlite), ("mysql", of.mysql)]
            .into_iter()
            .filter_map(|(database, sql_type)| Some(format!("{database} = {:?}", sql_type?)))
            .collect();
        if !types.is_empty() {
            say(format!("sql_type({})", types.join(", ")));
        }
        for (key, is_so) in [("unique", self.unique), ("index", self.index), ("identity", self.role == Role::Identity)]
        {
            if is_so {
                say(key.to_owned());
            }
        }
        let attribute =
            if keys.is_empty() { String::new() } else { format!("#[upsert({})] ", keys.trim_end_matches(", ")) };
        let ty = if self.nullable { format!("Option<{}>", self.spelling) } else { self.spelling.to_owned() };
        format!("    {attribute}pub {}: {ty},", self.field_name())
    }
}

fn in_pascal_case(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
