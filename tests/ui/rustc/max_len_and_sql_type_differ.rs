use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite, mysql))]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 40, sql_type(postgres = "varchar(20)", mysql = "varchar(40)"))]
    name: String,
    #[upsert(max_len = 16, sql_type(mysql = "binary(8)"))]
    code: Vec<u8>,
}

fn main() {}
