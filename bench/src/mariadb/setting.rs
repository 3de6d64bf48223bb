//! The table, the sources of its rows, and how it is brought back to where a workload begins.

use std::time::Duration;

use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Conn, OptsBuilder, WhiteListFsHandler};
use upsert::{UpsertOptions, Upsertable};

use super::by_hand;
use super::server::Server;
use crate::Result;
use crate::rows::{Input, Inputs, Item, Workload};

pub(super) struct Setting {
    /// What is written by hand goes through it.
    pub(super) connection: Conn,
    /// The files that `LOAD DATA` reads.
    files: tempfile::TempDir,
}

impl Setting {
    /// Creates the table, and for each input a file, and a table that holds the same rows in key order.
    pub(super) async fn new(server: &Server, inputs: &Inputs) -> Result<Self> {
        let files = tempfile::tempdir()?;
        let mut admin = server.connect(server.config(None)?).await?;
        admin.query_drop("CREATE DATABASE bench CHARACTER SET utf8mb4").await?;
        admin.disconnect().await?;
        let paths = Input::ALL.map(|input| file(&files, input));
        let config: OptsBuilder = server.config(Some("bench"))?;
        let config = config.local_infile_handler(Some(WhiteListFsHandler::new(paths)));
        let mut setting = Self { connection: server.connect(config).await?, files };
        let table = UpsertOptions::new().create_table();
        Item::aupsert(&mut setting.connection, &inputs.get(Input::Old)[..1], table).await?;
        for input in Input::ALL {
            std::fs::write(file(&setting.files, input), by_hand::file(inputs.get(input)))?;
        }
        for input in [Input::Old, Input::New] {
            setting.connection.query_drop("TRUNCATE item").await?;
            by_hand::write_values(&mut setting.connection, inputs.get(input), 500).await?;
            let keep = format!("CREATE TABLE {0} LIKE item; INSERT INTO {0} SELECT * FROM item", input.name());
            setting.connection.query_drop(keep).await?;
        }
        Ok(setting)
    }

    pub(super) fn file(&self, input: Input) -> std::path::PathBuf {
        file(&self.files, input)
    }

    /// Brings the table back to where a workload begins, with nothing left to do for the server: old versions of rows
    /// are gone, and the table is on the disk.
    pub(super) async fn reset(&mut self, workload: Workload) -> Result {
        self.connection.query_drop("TRUNCATE item").await?;
        if workload.begins_with_old_rows {
            self.connection.query_drop("INSERT INTO item SELECT * FROM old").await?;
        }
        for _ in 0..200 {
            let left: Option<(String, u64)> =
                self.connection.query_first("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'").await?;
            if left.is_none_or(|(_, versions)| versions < 10) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.connection.query_drop("FLUSH TABLES item FOR EXPORT; UNLOCK TABLES").await?;
        Ok(())
    }

    /// Whether the table holds the rows of the input.
    pub(super) async fn holds(&mut self, input: Input) -> Result<bool> {
        let sums: Vec<(String, Option<u64>)> =
            self.connection.query(format!("CHECKSUM TABLE item, {}", input.in_order().name())).await?;
        let rows: Vec<u64> = self
            .connection
            .query(format!("SELECT count(*) FROM item UNION ALL SELECT count(*) FROM {}", input.in_order().name()))
            .await?;
        Ok(matches!(&sums[..], [(_, Some(left)), (_, Some(right))] if left == right) && rows[0] == rows[1])
    }
}

fn file(files: &tempfile::TempDir, input: Input) -> std::path::PathBuf {
    files.path().join(format!("{}.text", input.name()))
}
