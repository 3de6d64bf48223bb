//! What became of a transaction whose commit was not answered: another connection can ask.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::error::from_driver;
use crate::error::Error;
use crate::report::Outcome;
use crate::sql::postgres as sql;

/// A transaction of ours, by what it can be asked for later.
pub(super) struct Transaction {
    id: String,
    server_started: String,
    began: String,
}

impl Transaction {
    /// From the answer to `BEGIN`; `None` if a transaction was open before, and this one is not ours.
    pub(super) fn begun(answer: &[SimpleQueryMessage]) -> Option<Self> {
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })?;
        if row.get(0) != Some("t") {
            return None;
        }
        let text = |column| row.get(column).map(str::to_owned);
        Some(Self { id: text(1)?, server_started: text(2)?, began: text(3)? })
    }

    /// What became of it; `None` while that is open.
    pub(super) async fn outcome(&self, client: &Client) -> Result<Option<Outcome>, Error> {
        let Self { id, server_started, began } = self;
        let parameters = [(id, Type::TEXT), (server_started, Type::TEXT), (began, Type::TEXT)];
        let parameters = parameters.map(|(text, sql_type)| (text as _, sql_type));
        let answer = client.query_typed_opt(sql::TRANSACTION_STATUS, &parameters).await.map_err(from_driver)?;
        let Some(answer) = answer else { return Ok(None) };
        let (status, is_same_server): (Option<&str>, bool) = (answer.get(0), answer.get(1));
        Ok(match (status, is_same_server) {
            (Some("in progress"), true) => None,
            (Some("committed"), true) => Some(Outcome::Committed),
            // What was committed before a crash stays so.
            (Some("aborted"), _) | (Some("in progress"), false) => Some(Outcome::NotCommitted),
            // After a crash that may be another one with the same id; and what is too old is forgotten.
            _ => Some(Outcome::InDoubt),
        })
    }

    /// Ends it if it waits for us to say more, as it does when the commit never arrived and the server has not noticed
    /// that we are gone.
    pub(super) async fn end_if_idle(&self, client: &Client) {
        // If this fails, the next question about it shows what is the matter.
        drop(client.query_typed(sql::END_IDLE_TRANSACTION, &[(&self.id, Type::TEXT)]).await);
    }
}
