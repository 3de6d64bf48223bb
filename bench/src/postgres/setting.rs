//! The table, the sources of its rows, and how it is brought back to where a workload begins.

use upsert::tokio_postgres::Client;
use upsert::{Dialect, Upsertable};

use super::copy_file;
use super::psql::{self, Format, Reading};
use super::server::Server;
use crate::Result;
use crate::rows::{Input, Inputs, Item, Workload};

pub(crate) struct Setting {
    pub(super) client: Client,
    /// Files and scripts of psql.
    files: tempfile::TempDir,
}

impl Setting {
    /// Creates the table, and for each input a file in both formats and a table that holds the same rows.
    pub(crate) async fn new(server: &Server, inputs: &Inputs) -> Result<Self> {
        let setting = Self { client: server.connect().await?, files: tempfile::tempdir()? };
        setting.client.batch_execute(&Item::create_table_sql(Dialect::Postgres)?).await?;
        for input in Input::ALL {
            let rows = inputs.get(input);
            for format in [Format::Text, Format::Binary] {
                let file = setting.files.path().join(format!("{}.{}", input.name(), format.extension()));
                match format {
                    Format::Text => std::fs::write(&file, copy_file::text(rows))?,
                    Format::Binary => std::fs::write(&file, copy_file::binary(rows))?,
                }
                for reading in [Reading::AsItLies, Reading::ByKey] {
                    std::fs::write(setting.script(input, format, reading), psql::script(&file, format, reading))?;
                }
            }
            let load = setting.files.path().join("load.sql");
            std::fs::write(
                &load,
                format!(
                    "CREATE TABLE {0} (LIKE item);\n\\copy {0} FROM '{1}/{0}.text'\n",
                    input.name(),
                    setting.files.path().display()
                ),
            )?;
            psql::run(server, &load)?;
        }
        setting.client.batch_execute("VACUUM ANALYZE").await?;
        Ok(setting)
    }

    pub(super) fn script(&self, input: Input, format: Format, reading: Reading) -> std::path::PathBuf {
        self.files.path().join(format!("{} {} {reading:?}.sql", input.name(), format.extension()))
    }

    /// Brings the table back to where a workload begins, with nothing left to do for the server.
    pub(crate) async fn reset(&self, workload: Workload) -> Result {
        self.client.batch_execute("TRUNCATE item").await?;
        if workload.begins_with_old_rows {
            self.client.batch_execute("INSERT INTO item SELECT * FROM old").await?;
        }
        self.client.batch_execute("VACUUM ANALYZE item").await?;
        self.client.batch_execute("CHECKPOINT").await?;
        Ok(())
    }

    /// Whether the table holds the rows of the input.
    pub(crate) async fn holds(&self, input: Input) -> Result<bool> {
        let checksum = |table: &str| format!("SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} AS t");
        let same =
            format!("SELECT ({}) IS NOT DISTINCT FROM ({})", row(&checksum("item")), row(&checksum(input.name())));
        Ok(self.client.query_one(&same, &[]).await?.get(0))
    }
}

fn row(query: &str) -> String {
    format!("SELECT checked::text FROM ({query}) AS checked")
}
