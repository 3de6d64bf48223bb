//! SQL is written into statements as it is: what does not end would take what is behind it along.

use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(index(expr = "lower(name", name = "by_lower_name"), unique(code, where = "name <> '"))]
struct Account {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "'free")]
    plan: Option<String>,
    #[upsert(default = "'it's'")]
    motto: Option<String>,
    #[upsert(default = "now(")]
    opened: Option<String>,
    #[upsert(default = "now())")]
    closed: Option<String>,
    #[upsert(default = "0; drop table account")]
    visits: Option<i64>,
    #[upsert(default = "0 -- none")]
    errors: Option<i64>,
    #[upsert(default(postgres = "$$free", sqlite = "[free", mysql = "`free"))]
    name: Option<String>,
    #[upsert(sql_type(postgres = "numeric(10, 2"))]
    code: i64,
    #[upsert(generated = "visits /* of all")]
    total: i64,
}

/// Each database reads it in its way; what is sound in one of them is let through.
#[derive(Upsertable)]
#[upsert(db(mysql))]
struct OfMySql {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "1 # none")]
    visits: Option<i64>,
}

/// What is for each of them is sound in each.
#[derive(Upsertable)]
#[upsert(db(postgres, mysql))]
struct OfTwo {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "1 # none\n")]
    visits: Option<i64>,
    #[upsert(default = "1 # none")]
    errors: Option<i64>,
}

/// Indexes of some rows or of an expression are not of MySQL, where `--only` is no comment.
#[derive(Upsertable)]
#[upsert(index(id, where = "id > 0 --only"))]
struct Partial {
    #[upsert(primary_key)]
    id: i64,
}

/// One mistake is one error, and hides no other.
#[derive(Upsertable)]
struct Once {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default(postgres = "free)", sqlite = "NULL", mysql = "free"))]
    plan: Option<String>,
    #[upsert(sql_type(sqlite = "TEXT("))]
    name: String,
}

mod sound {
    #[derive(upsert::Upsertable)]
    #[upsert(index(expr = "(name || ')')", name = "odd"))]
    struct Account {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default = "'it''s; (free -- /* '")]
        plan: Option<String>,
        #[upsert(default(postgres = "$$it's$$", sqlite = "'\\'", mysql = "'it\\'s'"))]
        motto: Option<String>,
        #[upsert(default = "E'it\\'s'")]
        name: Option<String>,
        #[upsert(default = "1 # 2")]
        visits: Option<i64>,
        #[upsert(default(postgres = "E'\\'' || $ü$'$ü$ || U&'\\0441' || N'x' || \"é\"\"🦀$\"", mysql = "1 --1"))]
        words: Option<String>,
        #[upsert(sql_type(mysql = "enum('a;b', 'c(', 'd''e')"))]
        kind: String,
        #[upsert(default(postgres = "(ARRAY[1, 2])[1:2] #> '{a}' #- '{b}' @> 'c' ? /* nested /* */ it's */ 'd'"))]
        path: Option<String>,
        #[upsert(generated = "visits -- of all\n + 1 /* ; */")]
        total: i64,
    }
}

fn main() {}
