use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, mysql))]
struct Row {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(postgres = "integer", mysql = "varchar(40)"))]
    text: String,
    #[upsert(sql_type(postgres = "numeric(5, 2)", mysql = "double"))]
    float: f64,
    #[upsert(sql_type(postgres = "a_domain", mysql = "text"))]
    number: i32,
}

fn main() {}
