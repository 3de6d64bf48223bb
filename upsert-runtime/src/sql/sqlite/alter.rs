//! The statements that change a table that is there. SQLite adds columns, and changes no type: for that the table is made anew.

use super::create::{check, created_type, definition, generated};
use super::labels::{checked_labels, with_labels};
use super::tokens::{is_of_word, tokens};
use crate::change::ChangeKind;
use crate::evolve::Definition;
use crate::plan::UpsertPlan;
use crate::schema::{Index, IndexOf};
use crate::sql::{add_index, goes_with, join, list, literal, qualified, quoted, unique_keys};

/// A unique key cannot be added to a table: it is an index, which does the same.
pub(crate) fn add_columns(plan: &UpsertPlan<'_>, columns: &[usize]) -> Vec<String> {
    let added = columns.iter().map(|&position| {
        let column = match position.checked_sub(plan.columns.len()) {
            None => definition(&plan.columns[position]),
            Some(number) => generated(&plan.generated[number]),
        };
        format!("ALTER TABLE {} ADD COLUMN {column}", plan.name())
    });
    let keys = unique_keys(plan).map(|(name, key)| Index { name, ..Index::unique(IndexOf::Columns(key)) });
    let indexes = keys.chain(plan.beside_table().copied()).filter(|index| goes_with(index, columns));
    let name = |name: &str| qualified(plan.schema.as_deref(), name);
    let indexes = indexes.map(|index| add_index(plan, &index, name, &quoted(&plan.table)));
    added.chain(indexes).collect()
}

pub(crate) fn lacks_index(plan: &UpsertPlan<'_>, name: &str) -> String {
    format!(
        "SELECT NOT EXISTS (SELECT 1 FROM {}.sqlite_master WHERE type = 'index' \
         AND name = {} COLLATE NOCASE AND tbl_name = {} COLLATE NOCASE)",
        quoted(plan.schema.as_deref().unwrap_or("main")),
        literal(name),
        literal(&plan.table),
    )
}

/// Asks whether no index has these columns: in this order before all others, or, of a unique key, these and no others.
pub(crate) fn lacks_index_of(plan: &UpsertPlan<'_>, columns: &[usize], unique: bool) -> String {
    let (schema, table) = (literal(plan.schema.as_deref().unwrap_or("main")), literal(&plan.table));
    let parts = format!("FROM pragma_index_info(i.name, {schema})");
    let each = plan.names(columns).enumerate().map(|(place, name)| {
        let place = if unique { String::new() } else { format!(" AND seqno = {place}") };
        format!(" AND EXISTS (SELECT 1 {parts} WHERE name = {} COLLATE NOCASE{place})", literal(name))
    });
    let is_unique = if unique {
        format!(" AND i.\"unique\" AND (SELECT count(*) {parts}) = {}", columns.len())
    } else {
        String::new()
    };
    format!(
        "SELECT NOT EXISTS (SELECT 1 FROM pragma_index_list({table}, {schema}) AS i WHERE NOT i.partial{is_unique}{})",
        join(each, "")
    )
}

/// Asks whether a table is not kept as the struct would have it created: `STRICT` or `WITHOUT ROWID`, or without.
pub(crate) fn is_kept_otherwise(plan: &UpsertPlan<'_>, option: TableOption) -> String {
    let (column, wanted) = match option {
        TableOption::Strict => ("strict", plan.sqlite.strict),
        TableOption::WithoutRowid => ("wr", plan.sqlite.without_rowid),
    };
    format!(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_list({}) WHERE schema = {} COLLATE NOCASE AND {column} <> {})",
        literal(&plan.table),
        literal(plan.schema.as_deref().unwrap_or("main")),
        u8::from(wanted),
    )
}

/// What stands behind the columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableOption {
    Strict,
    WithoutRowid,
}

/// Asks whether a column is of the primary key that the table has, whatever the struct's is.
pub(crate) fn is_of_primary_key(plan: &UpsertPlan<'_>, column: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_xinfo({}, {}) WHERE name = {} COLLATE NOCASE AND pk > 0)",
        literal(&plan.table),
        literal(plan.schema.as_deref().unwrap_or("main")),
        literal(column),
    )
}

/// Whether a default is no value as it is (a number, a text, a blob, NULL or a truth), nor one that is cast.
pub(crate) fn is_computed(default: &str) -> bool {
    let Some(tokens) = tokens(default) else { return false };
    let text = |number: usize| tokens.get(number).map_or("", |token| token.text(default));
    let is_cast = (0..tokens.len()).map(text).find(|text| *text != "(").is_some_and(|text| is_word(text, "CAST"));
    let is_computed = |number: usize| {
        let own = text(number);
        let is_name = own.starts_with(|first: char| is_of_word(first) && !first.is_ascii_digit());
        let is_value = ["NULL", "TRUE", "FALSE"].iter().any(|value| is_word(own, value))
            || is_word(own, "X") && text(number + 1).starts_with('\'');
        is_name && !is_value || own.starts_with(['|', '*', '/', '%', '&', '<', '>', '=', '~'])
    };
    !is_cast && (0..tokens.len()).any(is_computed)
}

fn is_word(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

/// Asks whether rows of other tables would be looked at, or deleted, when the table is dropped.
pub(crate) fn is_referred_to(plan: &UpsertPlan<'_>) -> String {
    let (schema, table) = (literal(plan.schema.as_deref().unwrap_or("main")), literal(&plan.table));
    format!(
        "SELECT (SELECT foreign_keys FROM pragma_foreign_keys) AND EXISTS (\
         SELECT 1 FROM pragma_table_list AS l JOIN pragma_foreign_key_list(l.name, l.schema) AS f \
         WHERE l.schema = {schema} COLLATE NOCASE AND f.\"table\" = {table} COLLATE NOCASE)"
    )
}

/// Asks whether a trigger of the connection's own is on the table, which would go with it and come back for no other connection.
pub(crate) fn has_temporary_trigger(plan: &UpsertPlan<'_>) -> String {
    format!(
        "SELECT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE type = 'trigger' AND tbl_name = {} COLLATE NOCASE)",
        literal(&plan.table)
    )
}

/// Makes the table anew, with other types of some columns, and copies its rows to it. They wait in a temporary table without
/// types: renaming a copy would look at views and triggers that name what is not there meanwhile.
pub(crate) fn rebuild(
    plan: &UpsertPlan<'_>,
    kind: ChangeKind,
    columns: &[usize],
    definition: &Definition,
) -> Option<Vec<String>> {
    let create = in_schema(&rebuilt(plan, kind, columns, definition)?, plan.schema.as_deref())?;
    let parts: Vec<String> =
        definition.parts.iter().map(|part| in_schema(part, plan.schema.as_deref())).collect::<Option<_>>()?;

    let (table, aside) = (plan.name(), format!("temp.upsert_rebuild_{}", plan.call));
    let names = list(definition.columns.iter().map(|column| column.name.as_str()));
    let of_rows = definition.rowid.map_or_else(|| names.clone(), |rowid| format!("{names}, {rowid}"));
    let places = definition.columns.len() + usize::from(definition.rowid.is_some());
    let places = join((0..places).map(|place| format!("c{place}")), ", ");
    // A dropped table takes along the number that AUTOINCREMENT has come to.
    let has_numbers = tokens(&create)?.iter().any(|token| token.text(&create).eq_ignore_ascii_case("AUTOINCREMENT"));
    let numbers = has_numbers.then(|| {
        let (schema, name) = (quoted(plan.schema.as_deref().unwrap_or("main")), literal(&plan.table));
        let last = format!("temp.upsert_rebuild_last_{}", plan.call);
        // Under the name that the table was created with, in letters of any case.
        let of_table = format!("{schema}.sqlite_sequence WHERE name = {name} COLLATE NOCASE");
        let keep = format!("CREATE TABLE {last} AS SELECT name, seq FROM {of_table}");
        let forget = format!("DELETE FROM {of_table}");
        let set = format!("INSERT INTO {schema}.sqlite_sequence (name, seq) SELECT name, seq FROM {last}");
        (keep, [forget, set, format!("DROP TABLE {last}")])
    });
    let (keep, set) = numbers.unzip();

    let mut statements =
        vec![format!("CREATE TABLE {aside} ({places})"), format!("INSERT INTO {aside} SELECT {of_rows} FROM {table}")];
    statements.extend(keep);
    statements.extend([
        format!("DROP TABLE {table}"),
        create,
        format!("INSERT INTO {table} ({of_rows}) SELECT {places} FROM {aside}"),
        format!("DROP TABLE {aside}"),
    ]);
    statements.extend(set.into_iter().flatten());
    statements.extend(parts);
    // What is known of its values goes with a table that is dropped.
    statements.extend(definition.analyzed.then(|| format!("ANALYZE {table}")));
    Some(statements)
}

/// The statement that creates the table, as it is then: with other types of columns, or with more labels, for nothing else of a
/// column is widened.
pub(crate) fn rebuilt(
    plan: &UpsertPlan<'_>,
    kind: ChangeKind,
    columns: &[usize],
    definition: &Definition,
) -> Option<String> {
    columns.iter().map(|&position| plan.column_at(position)).try_fold(definition.create.clone(), |create, column| {
        match kind {
            ChangeKind::Widen => with_labels(&create, column.name, column.enum_type?.labels),
            // What is checked already has the labels, or the column is not adapted.
            _ if checked_labels(&create, column.name).is_some() => {
                with_type(&create, column.name, created_type(column))
            }
            _ => with_type(&create, column.name, &format!("{}{}", created_type(column), check(column))),
        }
    })
}

/// The statement that creates a table, with another type of a column.
fn with_type(create: &str, column: &str, sql_type: &str) -> Option<String> {
    let tokens = tokens(create)?;
    // Behind the parenthesis that opens the list of columns, and the commas between them.
    let mut depth = 0;
    let mut begins = None;
    let mut found = None;
    for (number, token) in tokens.iter().enumerate() {
        match (token.text(create), depth) {
            ("(", 0) | (",", 1) => {
                depth = 1;
                begins = Some(number + 1);
                continue;
            }
            ("(", _) => depth += 1,
            (")", 1) => break,
            (")", _) => depth -= 1,
            _ => {}
        }
        if begins == Some(number) && token.name(create).is_some_and(|name| name.eq_ignore_ascii_case(column)) {
            found = Some(number);
            break;
        }
    }
    let name = tokens.get(found?)?;
    // A type is words, and numbers in parentheses.
    let mut depth = 0;
    let mut end = name.end;
    for token in &tokens[found? + 1..] {
        let text = token.text(create);
        match text {
            "(" => depth += 1,
            ")" if depth > 0 => depth -= 1,
            "," | ")" if depth == 0 => break,
            _ if depth == 0 && begins_constraint(text) => break,
            _ => {}
        }
        end = token.end;
    }
    let behind = &create[end..];
    let blank = if behind.starts_with(is_of_word) { " " } else { "" };
    Some(format!("{} {sql_type}{blank}{behind}", &create[..name.end]))
}

/// Words behind the type of a column.
fn begins_constraint(word: &str) -> bool {
    const WORDS: [&str; 10] =
        ["CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED"];
    WORDS.iter().chain(&["AS"]).any(|own| own.eq_ignore_ascii_case(word))
}

/// A statement of the schema, which names no database, with that of the table before the name of what it creates.
fn in_schema(create: &str, schema: Option<&str>) -> Option<String> {
    let Some(schema) = schema else { return Some(create.to_owned()) };
    const KINDS: [&str; 3] = ["TABLE", "INDEX", "TRIGGER"];
    let tokens = tokens(create)?;
    let kind =
        tokens.iter().position(|token| KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(token.text(create))))?;
    let name = tokens.get(kind + 1)?;
    Some(format!("{}{}.{}", &create[..name.start], quoted(schema), &create[name.start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_changed_and_nothing_else() {
        for (create, column, changed) in [
            ("CREATE TABLE t (a INTEGER, b)", "b", "CREATE TABLE t (a INTEGER, b TEXT)"),
            ("CREATE TABLE t (a INTEGER NOT NULL, b)", "a", "CREATE TABLE t (a TEXT NOT NULL, b)"),
            (
                "CREATE TABLE t(\"x, (\" VARCHAR (10, 2)CHECK(a>0),b INT)",
                "x, (",
                "CREATE TABLE t(\"x, (\" TEXT CHECK(a>0),b INT)",
            ),
            (
                "CREATE TABLE [t (] ([a] int default (1), `b` long long int /* , c */ unique)",
                "B",
                "CREATE TABLE [t (] ([a] int default (1), `b` TEXT /* , c */ unique)",
            ),
            (
                "CREATE TABLE t (a INT, -- b INT,\n 'b' double precision AS (a + 1))",
                "b",
                "CREATE TABLE t (a INT, -- b INT,\n 'b' TEXT AS (a + 1))",
            ),
            (
                "CREATE TABLE t (a, CHECK (b > 0), b REAL) STRICT",
                "b",
                "CREATE TABLE t (a, CHECK (b > 0), b TEXT) STRICT",
            ),
            ("CREATE TABLE t (a DEFAULT 'b, ''(', b REAL)", "b", "CREATE TABLE t (a DEFAULT 'b, ''(', b TEXT)"),
        ] {
            assert_eq!(with_type(create, column, "TEXT").as_deref(), Some(changed), "{create}");
        }
        assert_eq!(with_type("CREATE TABLE t (a INT)", "b", "TEXT"), None);
    }

    #[test]
    fn a_default_that_is_computed_is_told_from_a_value() {
        for value in ["1", "-1.5e-7", "('it''s')", "NULL", "true", "x'0F'", "(CAST('1' AS INTEGER))", "+ 5"] {
            assert!(!is_computed(value), "{value}");
        }
        for computed in ["CURRENT_TIMESTAMP", "(datetime('now'))", "'a' || 'b'", "(2 * 3)", "~1", "x", "abs(-1)"] {
            assert!(is_computed(computed), "{computed}");
        }
    }

    #[test]
    fn what_is_made_again_is_made_in_the_database_of_the_table() {
        for (create, made) in [
            ("CREATE TABLE t (a)", "CREATE TABLE \"s\".t (a)"),
            ("CREATE UNIQUE INDEX \"index\" ON t (a)", "CREATE UNIQUE INDEX \"s\".\"index\" ON t (a)"),
            (
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
                "CREATE TRIGGER \"s\".g AFTER INSERT ON t BEGIN SELECT 1; END",
            ),
        ] {
            assert_eq!(in_schema(create, Some("s")).as_deref(), Some(made));
        }
    }
}
