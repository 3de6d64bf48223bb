//! A table as a person would write it.

use std::fmt;

use super::{Column, EnumType, GeneratedColumn, Index, IndexOf, Origin, Sql, SqliteTableOptions, TableSchema, Update};

impl fmt::Display for TableSchema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |positions: &[usize]| {
            let name = |&position: &usize| self.columns.get(position).map_or("?", |column| column.name);
            positions.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        if let Some(schema) = self.schema {
            write!(f, "{schema}.")?;
        }
        writeln!(f, "{} (", self.table)?;
        for column in self.columns {
            writeln!(f, "    {column},")?;
        }
        for GeneratedColumn { column, expression } in self.generated {
            writeln!(f, "    {column} generated{expression},")?;
        }
        let primary = (!self.primary_key.is_empty()).then_some(("primary key", self.primary_key));
        let target = self.conflict_target.map(|target| ("conflict target", target));
        for (number, (name, key)) in primary.into_iter().chain(target).enumerate() {
            write!(f, "{}    {name} ({})", if number == 0 { "" } else { ",\n" }, names(key))?;
        }
        for Index { name, unique, of, predicate } in self.indexes {
            f.write_str(if *unique { ",\n    unique" } else { ",\n    index" })?;
            if let Some(name) = name {
                write!(f, " {name}")?;
            }
            match of {
                IndexOf::Columns(columns) => write!(f, " ({})", names(columns))?,
                IndexOf::Expression(expression) => write!(f, " ({expression})")?,
            }
            if let Some(predicate) = predicate {
                write!(f, " where {predicate}")?;
            }
        }
        f.write_str("\n)")?;
        if self.sqlite != SqliteTableOptions::new() {
            let Self { sqlite: SqliteTableOptions { strict, without_rowid }, .. } = *self;
            write!(
                f,
                " sqlite{}{}",
                if strict { "" } else { " not strict" },
                if without_rowid { " without rowid" } else { "" }
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.column_type)?;
        if let Some(max_len) = self.max_len {
            write!(f, "({max_len})")?;
        }
        if let Some(EnumType { labels, postgres }) = self.enum_type {
            write!(f, " of {}", postgres.unwrap_or("enum"))?;
            for (number, label) in labels.iter().enumerate() {
                write!(f, "{} {label:?}", if number == 0 { ":" } else { "," })?;
            }
        }
        write!(f, "{}", self.sql_types)?;
        match self.origin {
            Origin::Row if self.nullable => f.write_str(" null")?,
            Origin::Row => {}
            Origin::RowOrDefault(default) => write!(f, " default{default}")?,
            Origin::RowOrIdentity => f.write_str(" identity")?,
        }
        if self.update == Update::Never {
            f.write_str(" update never")?;
        }
        Ok(())
    }
}

/// With a blank before each piece, so that nothing is nothing.
impl fmt::Display for Sql<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { postgres, sqlite, mysql } = *self;
        if let (Some(sql), true) = (postgres, postgres == sqlite && postgres == mysql) {
            return write!(f, " {sql:?}");
        }
        for (database, sql) in [("postgres", postgres), ("sqlite", sqlite), ("mysql", mysql)] {
            if let Some(sql) = sql {
                write!(f, " {database} {sql:?}")?;
            }
        }
        Ok(())
    }
}
