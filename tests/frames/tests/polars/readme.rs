//! The lines of the README about DataFrames, which are no doc test there: the crate that it documents knows nothing of frames.

#[rustfmt::skip]
mod lines {
    use polars_core::df;
    use upsert::{SqlitePool, Upsertable, UpsertOptions};

    #[derive(Upsertable)]
    #[upsert(table = "cities")]
    struct City {
        #[upsert(primary_key)]
        id: i64,
        name: Option<String>,
    }

    pub(super) async fn run(pool: SqlitePool) -> Result<String, Box<dyn std::error::Error>> {
        // README
        use upsert::frame::FrameTable;
        use upsert_polars::{UpsertFrame, UpsertableFrame}; // or those of upsert_arrow, which are the same

        let cities = df!("id" => [1i64, 2], "name" => [Some("Oslo"), None])?;
        let report = cities.aupsert(&pool, "cities", &["id"], UpsertOptions::new().create_table()).await?;

        // What the frame does not say:
        let table = FrameTable::new("cities").rename("name", "city").max_len("name", 80);
        cities.aupsert(&pool, table, &["id"], UpsertOptions::new().add_columns()).await?;

        // A struct is what is agreed on: all in which the frame differs from it is told at once, before anything is sent.
        City::aupsert_frame(&pool, &cities, UpsertOptions::new()).await?;
        // END
        Ok(report.to_string())
    }
}

#[tokio::test]
async fn the_lines_of_the_readme_run_as_they_stand_there() {
    let report = lines::run(upsert::SqlitePool::memory().unwrap()).await.unwrap();
    assert!(report.starts_with("2 rows committed: 2 inserted"), "{report}");

    let (_, behind) = include_str!("../../../../README.md").split_once("\n## DataFrames\n").unwrap();
    let (_, behind) = behind.split_once("```rust,ignore\n").unwrap();
    let (shown, _) = behind.split_once("```").unwrap();
    let (_, behind) = include_str!("readme.rs").split_once("        // README\n").unwrap();
    let (run, _) = behind.split_once("        // END\n").unwrap();
    let run: Vec<&str> = run.lines().map(str::trim_start).collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), run);
}
