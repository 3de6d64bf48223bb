//! Tables that are drawn: each is a schema, the struct that has it, and what may become of the table behind their backs.

mod kinds;
mod mutations;
mod source;

use proptest::test_runner::TestRng;
use upsert::schema::{Column, GeneratedColumn, Index, IndexOf, Origin, Sql, TableSchema};

use self::kinds::{BASE, KINDS, Kind, NUMBER};
pub use self::kinds::{TYPES, preparation};
pub use self::mutations::{Mutation, Place, Told};
pub use self::source::{Source, source};
use crate::seed::below;

/// A table that was drawn, and its struct.
pub struct DrawnTable {
    pub name: String,
    /// Those that are written.
    columns: Vec<DrawnColumn>,
    /// Positions of the primary key.
    primary_key: Vec<usize>,
    /// Those of another key, by which rows are found.
    target: Option<Vec<usize>>,
    /// Whether there is a column that is computed from `base`.
    is_computed: bool,
    /// Which columns a flattened struct has, and what stands before their names.
    group: Option<(std::ops::Range<usize>, &'static str)>,
}

struct DrawnColumn {
    /// In the database, without what a flattened struct puts before it.
    own_name: String,
    /// In the database.
    name: String,
    kind: &'static Kind,
    spelling: &'static str,
    role: Role,
    nullable: bool,
    max_len: Option<u32>,
    default: bool,
    unique: bool,
    index: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Key,
    Identity,
    /// What another one is computed from.
    Base,
    Plain,
}

/// The name of the column that is computed.
const COMPUTED: &str = "computed";
const EXPRESSION: &str = "base * 2";

impl DrawnTable {
    /// A table with this number.
    pub fn draw(number: usize, dice: &mut TestRng) -> Self {
        let mut table = Self {
            name: format!("drawn_{number}"),
            columns: Vec::new(),
            primary_key: Vec::new(),
            target: None,
            is_computed: below(dice, 3) == 0,
            group: None,
        };
        if below(dice, 4) == 0 {
            let kind = &NUMBER;
            table.add(dice, Role::Identity, kind);
            table.primary_key.push(0);
            table.target = Some(table.draw_key(dice));
        } else {
            table.primary_key = table.draw_key(dice);
            if below(dice, 4) == 0 {
                table.target = Some(table.draw_key(dice));
            }
        }
        if table.is_computed {
            table.add(dice, Role::Base, &BASE);
        }
        let first = table.columns.len();
        for _ in 0..2 + below(dice, 8) {
            let kind = &KINDS[below(dice, KINDS.len())];
            table.add(dice, Role::Plain, kind);
        }
        if below(dice, 2) == 0 {
            let start = first + below(dice, table.columns.len() - first);
            let end = start + 1 + below(dice, table.columns.len() - start);
            let prefix = ["", "part_", "Part "][below(dice, 3)];
            table.group = Some((start..end, prefix));
            for column in &mut table.columns[start..end] {
                // A flattened struct names no indexes.
                (column.unique, column.index) = (false, false);
                column.name = format!("{prefix}{}", column.own_name);
            }
        }
        table
    }

    fn draw_key(&mut self, dice: &mut TestRng) -> Vec<usize> {
        let first = self.columns.len();
        for _ in 0..1 + below(dice, 3) / 2 {
            let kinds: Vec<&'static Kind> = KINDS.iter().filter(|kind| kind.can_be_key).collect();
            let kind = kinds[below(dice, kinds.len())];
            self.add(dice, Role::Key, kind);
        }
        let mut key: Vec<usize> = (first..self.columns.len()).collect();
        if below(dice, 2) == 0 {
            key.reverse();
        }
        key
    }

    fn add(&mut self, dice: &mut TestRng, role: Role, kind: &'static Kind) {
        let number = self.columns.len();
        let own_name = match role {
            Role::Base => "base".to_owned(),
            _ => match below(dice, 6) {
                0 => format!("Column {number}"),
                1 => format!("größe{number}"),
                2 => format!("select {number}\""),
                _ => format!("c{number}"),
            },
        };
        let mut chance = |of| below(dice, of) == 0;
        let is_plain = role == Role::Plain;
        let nullable = role == Role::Identity || is_plain && chance(2);
        let default = is_plain && nullable && !kind.default.is_empty() && chance(3);
        // MySQL has no key of what is as long as it likes.
        let has_length = kind.is_long && (role == Role::Key || chance(2));
        let can_be_indexed = is_plain && kind.can_be_key && (!kind.is_long || has_length);
        let (unique, index) = (can_be_indexed && chance(8), can_be_indexed && chance(8));
        let max_len = has_length.then(|| 10 + u32::try_from(below(dice, 40)).expect("it is small"));
        let spelling = kind.spellings[below(dice, kind.spellings.len())];
        let name = own_name.clone();
        self.columns.push(DrawnColumn {
            own_name,
            name,
            kind,
            spelling,
            role,
            nullable,
            max_len,
            default,
            unique,
            index,
        });
    }

    /// By which rows are found.
    fn key(&self) -> &[usize] {
        self.target.as_deref().unwrap_or(&self.primary_key)
    }

    /// The schema, which lives as long as the test.
    pub fn schema(&self) -> TableSchema<'static> {
        let columns: Vec<Column<'static>> = self.columns.iter().map(DrawnColumn::column).collect();
        let alone = |position: usize| IndexOf::Columns(leaked(vec![position]));
        let indexes = self.columns.iter().enumerate().flat_map(|(position, column)| {
            let unique = column.unique.then(|| Index::unique(alone(position)));
            unique.into_iter().chain(column.index.then(|| Index::new(alone(position))))
        });
        let name: &'static str = self.name.clone().leak();
        let schema = TableSchema::new(name, leaked(columns), leaked(self.primary_key.clone()));
        let schema = schema.indexes(leaked(indexes.collect()));
        let schema = match &self.target {
            Some(target) => schema.conflict_target(leaked(target.clone())),
            None => schema,
        };
        if !self.is_computed {
            return schema;
        }
        let computed = Column::new(COMPUTED, NUMBER.column_type).nullable(true);
        schema.generated(leaked(vec![GeneratedColumn::new(computed, Sql::everywhere(EXPRESSION))]))
    }

    /// Its columns.
    pub fn names(&self) -> Vec<&str> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        names.chain(self.is_computed.then_some(COMPUTED)).collect()
    }
}

impl DrawnColumn {
    fn column(&self) -> Column<'static> {
        let kind = self.kind;
        let name: &'static str = self.name.clone().leak();
        let column = Column::new(name, kind.column_type).nullable(self.nullable).enum_type(kind.enum_type);
        let column = column.sql_types(kind.sql_types);
        let column = match self.max_len {
            Some(max_len) => column.max_len(max_len),
            None => column,
        };
        match self.role {
            Role::Identity => column.origin(Origin::RowOrIdentity),
            _ if self.default => column.origin(Origin::RowOrDefault(Sql::everywhere(kind.default))),
            _ => column,
        }
    }
}

fn leaked<T>(all: Vec<T>) -> &'static [T] {
    all.leak()
}
