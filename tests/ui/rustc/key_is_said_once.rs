use upsert::{UpsertOptions, Upsertable};

#[derive(Upsertable)]
#[upsert(db(mysql), conflict_target(email), index(email, id))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(unique)]
    email: String,
}

/// What is wrong is told where the struct is defined, and not once more here.
fn written(pool: &upsert::mysql_async::Pool) {
    drop(User::aupsert(pool, Vec::<User>::new(), UpsertOptions::new()));
}

fn main() {}
