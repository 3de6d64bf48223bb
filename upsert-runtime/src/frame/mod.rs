//! DataFrames: columns whose names and types are known at run time. Adapters (`upsert-arrow`, `upsert-polars`) make a [`Frame`] of
//! what they adapt; all that follows is the same for all of them, and as it is for structs.

mod convert;
mod doors;
mod rows;
mod table;

use std::fmt;

pub use self::doors::{UpsertFrame, UpsertableFrame};
pub use self::rows::{Cells, FrameRows};
pub use self::table::FrameTable;
use crate::backend::{AsyncBackend, BlockingBackend};
use crate::dynamic::DynamicTable;
use crate::error::Error;
use crate::fit::FitsDatabase;
use crate::options::UpsertOptions;
use crate::report::UpsertReport;
use crate::rows::Source;
use crate::schema::{ColumnType, SqlBuf, TableSchemaBuf};
use crate::upsertable::{UpsertFuture, Upsertable};
use crate::value::Value;

/// A DataFrame on its way to a table: its columns, and how its rows are read.
///
/// It is made by an adapter. What it is written to, and by which options, is as with structs; see [`FrameTable`] for what can be
/// said of the table, and [`into_parts`](Self::into_parts) for all doors that have no method here.
pub struct Frame<'r> {
    columns: Vec<FrameColumn>,
    read: Box<dyn FnOnce(Vec<Pick>) -> Source<'r> + Send + 'r>,
}

/// A column of a [`Frame`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FrameColumn {
    /// Its name.
    pub name: String,
    /// The kind of its values; or why no column can hold them, as a half-sentence: `intervals of months cannot be stored`.
    pub column_type: Result<ColumnType, String>,
    /// Whether there may be NULL.
    pub nullable: bool,
    /// The types that it is created with, where they are not those of the column type.
    pub sql_types: SqlBuf,
    /// How many of the values are NULL, if all of them are here.
    pub nulls: Option<usize>,
    /// Whether its type has no values, so that all of it is NULL, which a column of any type takes.
    pub is_null: bool,
}

impl FrameColumn {
    /// A column that may have NULL.
    #[must_use]
    pub fn new(name: impl Into<String>, column_type: Result<ColumnType, String>) -> Self {
        let sqlite = match column_type {
            // What is beyond a 64-bit integer with a sign is refused there.
            Ok(ColumnType::UnsignedBigInt) => Some("INTEGER".to_owned()),
            // Their digits.
            Ok(ColumnType::HugeInt | ColumnType::UnsignedHugeInt) => Some("TEXT".to_owned()),
            _ => None,
        };
        let sql_types = SqlBuf { sqlite, ..SqlBuf::default() };
        Self { name: name.into(), column_type, nullable: true, sql_types, nulls: None, is_null: false }
    }

    /// A column of a type that has no values, all of which is NULL. One that is created for it is of text, unless a struct or
    /// [`FrameTable::column_type`] says otherwise.
    #[must_use]
    pub fn null(name: impl Into<String>) -> Self {
        Self { is_null: true, ..Self::new(name, Ok(ColumnType::Text)) }
    }

    /// A column of decimals, of so many digits, so many of them behind the point; fewer than none are zeros before it.
    #[must_use]
    pub fn decimal(name: impl Into<String>, precision: u32, scale: i32) -> Self {
        let behind = u32::try_from(scale).unwrap_or(0);
        let before = i64::from(precision).saturating_sub(i64::from(scale)).max(0);
        let digits = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(behind).max(1);
        let mut column = Self::new(name, Ok(ColumnType::Decimal));
        // PostgreSQL has up to 1000 digits, and MySQL up to 65, 30 of them behind the point; what does not fit is refused.
        column.sql_types.postgres = Some(format!("numeric({}, {behind})", digits.min(1000)));
        column.sql_types.mysql = Some(format!("decimal({}, {})", digits.min(65), behind.min(30)));
        column
    }

    /// Whether its values, which are of its own type, are written as a struct's.
    fn is_convertible(&self, own: ColumnType, to: ColumnType) -> bool {
        self.is_null || convert::is_convertible(own, to)
    }

    /// Whether they are written as another type that the table is said to have.
    fn is_readable(&self, own: ColumnType, to: ColumnType) -> bool {
        self.is_null || convert::is_readable(own, to)
    }

    /// The types that a column of a type is created with, where they are not those of the column type.
    fn sql_types_of(column_type: ColumnType) -> SqlBuf {
        let mut sql_types = Self::new("", Ok(column_type)).sql_types;
        if column_type == ColumnType::Decimal {
            // As many digits as there are, on either side of the point; what does not fit is refused.
            sql_types.mysql = Some("decimal(65, 30)".to_owned());
        }
        sql_types
    }

    /// The same column, with or without NULL.
    #[must_use]
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same column, so many of whose values are NULL.
    #[must_use]
    pub fn nulls(mut self, nulls: usize) -> Self {
        self.nulls = Some(nulls);
        self
    }
}

/// What is written to a column of a table: a column of the frame.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    column: Option<usize>,
    convert: Option<Conversion>,
}

/// What is made of a value, if it is not written as it is.
#[derive(Clone, Copy, Debug)]
enum Conversion {
    /// One of another type.
    To(ColumnType),
    /// A text, if it is one of the labels of a struct's enum.
    Label(&'static [&'static str]),
}

impl Pick {
    /// The position of the frame's column; `None` where the frame has none, and the database gives the value.
    #[must_use]
    pub fn column(self) -> Option<usize> {
        self.column
    }

    /// The frame's value as one of the table's column.
    #[must_use]
    #[inline]
    pub fn value(self, value: Value<'_>) -> Value<'_> {
        match self.convert {
            None => value,
            Some(Conversion::To(to)) => convert::convert(value, to),
            Some(Conversion::Label(labels)) => convert::label(value, labels),
        }
    }
}

impl<'r> Frame<'r> {
    /// A frame of these columns. `read` is given what is written to each column of the table, in order, and returns the rows: of
    /// each, the values of the picked columns, by [`Pick::value`].
    pub fn new(columns: Vec<FrameColumn>, read: impl FnOnce(Vec<Pick>) -> Source<'r> + Send + 'r) -> Self {
        Self { columns, read: Box::new(read) }
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[FrameColumn] {
        &self.columns
    }

    /// The table that it would be written to: what `println!` shows of it is what was inferred.
    ///
    /// # Errors
    ///
    /// If the frame has no such table: a key column is missing, named twice or holds NULL, two columns have one name, or a column
    /// cannot be stored. All mistakes are told.
    pub fn table(&self, table: impl Into<FrameTable>, key: &[&str]) -> Result<DynamicTable<'static>, Error> {
        table.into().of(&self.columns, key).map(|(schema, _)| DynamicTable::from(schema))
    }

    /// The table, and the rows as its doors take them: to write chunk by chunk from a cursor, to compare or migrate the table
    /// first, to name columns in options.
    ///
    /// # Errors
    ///
    /// As [`table`](Self::table).
    pub fn into_parts(
        self,
        table: impl Into<FrameTable>,
        key: &[&str],
    ) -> Result<(DynamicTable<'static>, Source<'r>), Error> {
        let (schema, picks): (TableSchemaBuf, Vec<Pick>) = table.into().of(&self.columns, key)?;
        Ok((DynamicTable::from(schema), (self.read)(picks)))
    }

    /// Writes its rows to the table of a struct, if it has the struct's columns: everything in which names, types and NULLs differ is
    /// told before anything is sent. Integers may be of another width, if their values fit.
    ///
    /// # Errors
    ///
    /// As [`Upsertable::aupsert`]; what differs is an
    /// [`ErrorKind::InvalidPlan`](crate::error::ErrorKind::InvalidPlan).
    ///
    /// # Cancellation
    ///
    /// As there.
    pub fn aupsert_as<T, P>(self, place: P, options: UpsertOptions) -> UpsertFuture<'r>
    where
        T: Upsertable + FitsDatabase<P::Database>,
        P: AsyncBackend + 'r,
    {
        match table::picks_for(T::SCHEMA, &self.columns) {
            Ok(picks) => DynamicTable::from(T::SCHEMA).aupsert(place, (self.read)(picks), options),
            Err(error) => UpsertFuture::failed(error),
        }
    }

    /// The same in blocking code.
    ///
    /// # Errors
    ///
    /// As [`aupsert_as`](Self::aupsert_as).
    pub fn upsert_as<T, P>(self, place: P, options: UpsertOptions) -> Result<UpsertReport, Error>
    where
        T: Upsertable + FitsDatabase<P::Database>,
        P: BlockingBackend + 'r,
    {
        let picks = table::picks_for(T::SCHEMA, &self.columns)?;
        DynamicTable::from(T::SCHEMA).upsert(place, (self.read)(picks), options)
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("columns", &self.columns).finish_non_exhaustive()
    }
}
