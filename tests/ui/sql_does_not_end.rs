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
        #[upsert(generated = "visits -- of all\n + 1 /* ; */")]
        total: i64,
    }
}

fn main() {}
