//! What of a table the columns of a frame do not say, and the table that comes of both.

use super::{Conversion, FrameColumn, Pick};
use crate::error::Error;
use crate::schema::{ColumnBuf, ColumnType, SqlBuf, TableSchema, TableSchemaBuf, Update};
use crate::sql::quoted;

/// The table that a frame goes to, with everything that is to be otherwise than the frame says: a name is enough, `"weather"`.
///
/// Columns are named as the frame names them. The last word on a column counts.
///
/// ```
/// use upsert::frame::FrameTable;
/// use upsert::schema::{ColumnType, Update};
///
/// let table = FrameTable::new("weather")
///     .schema("raw")
///     .rename("time_hour", "hour")
///     .column_type("visib", ColumnType::Decimal)
///     .max_len("origin", 3)
///     .update("first_seen", Update::Never)
///     .skip("index");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct FrameTable {
    table: String,
    schema: Option<String>,
    comment: Option<String>,
    is_unique_key: bool,
    words: Vec<(String, Word)>,
}

/// What is said of a column.
#[derive(Clone, Debug)]
enum Word {
    Rename(String),
    Type(ColumnType),
    SqlTypes(SqlBuf),
    MaxLen(u32),
    Nullable(bool),
    Update(Update),
    Skip,
}

impl From<&str> for FrameTable {
    fn from(table: &str) -> Self {
        Self::new(table)
    }
}

impl From<String> for FrameTable {
    fn from(table: String) -> Self {
        Self::new(table)
    }
}

impl From<&FrameTable> for FrameTable {
    fn from(table: &FrameTable) -> Self {
        table.clone()
    }
}

impl FrameTable {
    /// A table in the connection's own schema, of the frame's columns.
    pub fn new(table: impl Into<String>) -> Self {
        Self { table: table.into(), schema: None, comment: None, is_unique_key: false, words: Vec::new() }
    }

    /// The schema (PostgreSQL), database (MySQL) or attached database (SQLite) that it is in.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// What the database is told of the table when it is created.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Creates the table with a unique key of the key columns, and no primary key.
    pub fn unique_key(mut self) -> Self {
        self.is_unique_key = true;
        self
    }

    /// The column's name in the database.
    pub fn rename(self, column: impl Into<String>, name: impl Into<String>) -> Self {
        self.word(column, Word::Rename(name.into()))
    }

    /// Writes the column as one of another type. Integers can be of another width, or decimals; `real` can be `double`; text can be
    /// whatever can be [read from it](crate::value::Value::from_text); 16 bytes can be a UUID. A value that the type does not hold
    /// is refused, naming row and column.
    pub fn column_type(self, column: impl Into<String>, column_type: ColumnType) -> Self {
        self.word(column, Word::Type(column_type))
    }

    /// The type that the column is created with, where it is not its column type's own: `SqlBuf::everywhere("varchar(20)")`. What
    /// a table has is looked up.
    pub fn sql_types(self, column: impl Into<String>, sql_types: SqlBuf) -> Self {
        self.word(column, Word::SqlTypes(sql_types))
    }

    /// The most characters of a text, or bytes. MySQL asks for it where text is part of the key; without it, text there is
    /// `varchar` of 255 characters, or of fewer where several are in the key.
    pub fn max_len(self, column: impl Into<String>, max_len: u32) -> Self {
        self.word(column, Word::MaxLen(max_len))
    }

    /// Whether the column is created so that it takes NULL. Columns of the key never do.
    pub fn nullable(self, column: impl Into<String>, nullable: bool) -> Self {
        self.word(column, Word::Nullable(nullable))
    }

    /// What happens to the column when the row is already there.
    pub fn update(self, column: impl Into<String>, update: Update) -> Self {
        self.word(column, Word::Update(update))
    }

    /// Leaves the column out.
    pub fn skip(self, column: impl Into<String>) -> Self {
        self.word(column, Word::Skip)
    }

    fn word(mut self, column: impl Into<String>, word: Word) -> Self {
        self.words.push((column.into(), word));
        self
    }

    /// The table's schema, and which of the frame's columns are written to its columns.
    pub(super) fn of(self, columns: &[FrameColumn], key: &[&str]) -> Result<(TableSchemaBuf, Vec<Pick>), Error> {
        let Self { table, schema, comment, is_unique_key, words } = self;
        let mut mistakes = Vec::new();
        for (name, _) in &words {
            if !columns.iter().any(|column| column.name == *name) {
                mistakes.push(format!(
                    "the table says something of column {}, which the frame does not have",
                    quoted(name)
                ));
            }
        }
        let mut schema = TableSchemaBuf { schema, comment, ..TableSchemaBuf::new(table, Vec::new()) };
        let mut picks = Vec::new();
        // Names as the frame has them: those of the key are meant so.
        let mut names = Vec::new();
        let mut refused = Vec::new();
        for (position, column) in columns.iter().enumerate() {
            let said = || words.iter().filter(|(name, _)| *name == column.name).map(|(_, word)| word);
            if said().any(|word| matches!(word, Word::Skip)) {
                continue;
            }
            if names.contains(&column.name.as_str()) {
                mistakes.push(format!(
                    "the frame has several columns {}: rename or leave out all but one",
                    quoted(&column.name)
                ));
                continue;
            }
            let column_name = column.name.as_str();
            let is_key = key.contains(&column_name);
            match column.in_table(said(), is_key) {
                Ok((pick, column)) => {
                    if let Some(other) = schema.columns.iter().position(|other| other.name == column.name) {
                        mistakes.push(format!(
                            "columns {} and {} of the frame both go to a column {}: rename or leave out one of them",
                            quoted(names[other]),
                            quoted(column_name),
                            quoted(&column.name)
                        ));
                    }
                    picks.push(Pick { column: Some(position), ..pick });
                    schema.columns.push(column);
                    names.push(column_name);
                }
                Err(mistake) => {
                    refused.push(column_name);
                    mistakes.push(mistake);
                }
            }
        }
        let key = key_positions(key, &names, &refused, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(Error::plan(mistakes.join("; ")));
        }
        bound_text_of_key(&mut schema.columns, &key);
        match is_unique_key {
            true => schema.conflict_target = Some(key),
            false => schema.primary_key = key,
        }
        Ok((schema, picks))
    }
}

impl FrameColumn {
    /// The column as the table has it, with what is said of it.
    fn in_table<'w>(&self, words: impl Iterator<Item = &'w Word>, is_key: bool) -> Result<(Pick, ColumnBuf), String> {
        let name = quoted(&self.name);
        let own = self.column_type.as_ref().map_err(|reason| format!("column {name}: {reason}"))?;
        let mut column = ColumnBuf {
            nullable: self.nullable,
            sql_types: self.sql_types.clone(),
            only_null: self.is_null,
            ..ColumnBuf::new(self.name.clone(), *own)
        };
        // The column's type comes first, however it is said: with it come the types that it is created with elsewhere.
        let (types, others): (Vec<_>, Vec<_>) = words.partition(|word| matches!(word, Word::Type(_)));
        for word in types.into_iter().chain(others) {
            match word {
                Word::Rename(name) => column.name.clone_from(name),
                Word::Type(column_type) => {
                    column.column_type = *column_type;
                    column.sql_types = FrameColumn::sql_types_of(*column_type);
                    column.only_null = false;
                }
                Word::SqlTypes(sql_types) => column.sql_types.clone_from(sql_types),
                Word::MaxLen(max_len) => column.max_len = Some(*max_len),
                Word::Nullable(nullable) => column.nullable = *nullable,
                Word::Update(update) => column.update = *update,
                Word::Skip => {}
            }
        }
        if is_key {
            column.nullable = false;
        }
        if !self.is_readable(*own, column.column_type) {
            return Err(format!(
                "column {name} is {own} in the frame, which is not written as {} without a change: convert it in the frame",
                column.column_type
            ));
        }
        if self.nulls.is_some_and(|nulls| nulls > 0) && !column.nullable {
            let nulls = self.nulls.unwrap_or_default();
            let why = if is_key { "is part of the key" } else { "refuses NULL" };
            return Err(format!("column {name} {why}, and {nulls} of its values are NULL"));
        }
        let convert = (column.column_type != *own).then_some(Conversion::To(column.column_type));
        Ok((Pick { column: None, convert }, column))
    }
}

/// Where the columns of the key are.
fn key_positions(key: &[&str], names: &[&str], refused: &[&str], mistakes: &mut Vec<String>) -> Vec<usize> {
    if key.is_empty() {
        mistakes.push("no column is named as the key, by which rows that are already there are found".to_owned());
    }
    let mut positions = Vec::new();
    for name in key {
        match names.iter().position(|own| own == name) {
            _ if name.is_empty() => mistakes.push("a column of the key has no name".to_owned()),
            Some(position) if positions.contains(&position) => {
                mistakes.push(format!("the key names column {} twice", quoted(name)));
            }
            Some(position) => positions.push(position),
            // It is there, and what is wrong with it is told.
            None if refused.contains(name) => {}
            None => {
                let all: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                mistakes.push(format!(
                    "the key names column {}, which the frame does not have: it has {all}",
                    quoted(name)
                ));
            }
        }
    }
    positions
}

/// MySQL's keys need a longest text: as long as 3072 bytes leave room for.
fn bound_text_of_key(columns: &mut [ColumnBuf], key: &[usize]) {
    let unbounded = |column: &ColumnBuf| {
        let is_long = matches!(column.column_type, ColumnType::Text | ColumnType::Bytes | ColumnType::Decimal);
        is_long && column.max_len.is_none() && column.sql_types.mysql.is_none()
    };
    let texts = key.iter().filter(|&&position| unbounded(&columns[position])).count();
    let most = 640usize.checked_div(texts).unwrap_or(0).min(255);
    for &position in key {
        if unbounded(&columns[position]) {
            columns[position].sql_types.mysql = match columns[position].column_type {
                ColumnType::Text => Some(format!("varchar({most})")),
                ColumnType::Bytes => Some(format!("varbinary({most})")),
                _ => None,
            };
        }
    }
}

/// Which of a frame's columns are written to a struct's, if they fit; everything in which they do not is told.
pub(super) fn picks_for(schema: &TableSchema<'static>, columns: &[FrameColumn]) -> Result<Vec<Pick>, Error> {
    let mut mistakes = Vec::new();
    let mut picks = Vec::new();
    for wanted in schema.columns {
        let name = quoted(wanted.name);
        let mut found = columns.iter().enumerate().filter(|(_, column)| column.name == wanted.name);
        let Some((position, column)) = found.next() else {
            if wanted.is_given_by_database() {
                picks.push(Pick { column: None, convert: None });
            } else {
                mistakes.push(format!("column {name} of the struct is missing in the frame"));
            }
            continue;
        };
        if found.next().is_some() {
            mistakes.push(format!("the frame has several columns {name}"));
        }
        match &column.column_type {
            Err(reason) => mistakes.push(format!("column {name}: {reason}")),
            Ok(own) if !column.is_convertible(*own, wanted.column_type) => mistakes.push(format!(
                "column {name} is {own} in the frame and {} in the struct: convert it in the frame",
                wanted.column_type
            )),
            Ok(own) => {
                let convert = match wanted.enum_type {
                    _ if *own != wanted.column_type => Some(Conversion::To(wanted.column_type)),
                    // Whatever table the rows go to, the struct has no others.
                    enum_type => enum_type.map(|enum_type| Conversion::Label(enum_type.labels)),
                };
                picks.push(Pick { column: Some(position), convert });
            }
        }
        if let Some(nulls) = column.nulls.filter(|&nulls| nulls > 0)
            && !wanted.nullable
        {
            mistakes.push(format!("column {name} refuses NULL, and {nulls} of its values in the frame are NULL"));
        }
    }
    for column in columns {
        let name = quoted(&column.name);
        if schema.generated.iter().any(|generated| generated.column.name == column.name) {
            mistakes.push(format!("the database computes column {name}, and takes no values for it: leave it out"));
        } else if !schema.columns.iter().any(|wanted| wanted.name == column.name) {
            mistakes.push(format!("column {name} of the frame is no column of the struct: leave it out"));
        }
    }
    if mistakes.is_empty() { Ok(picks) } else { Err(Error::plan(mistakes.join("; "))) }
}
