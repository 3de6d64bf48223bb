//! A transaction as other connections see it: they can ask what became of it when its commit was not answered, and end it
//! when nobody waits for it any more.

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
        let mut found = self.ask(client).await?;
        if found == Some(Found { status: Status::InProgress, same_server: false, open: false }) {
            // It may have ended between the two looks of one answer: what is seen after its lock was gone is certain.
            found = self.ask(client).await?;
        }
        let Some(Found { status, same_server, open }) = found else { return Ok(None) };
        Ok(match (status, same_server) {
            (Status::InProgress, true) => None,
            (Status::InProgress, false) if open => None,
            (Status::Committed, true) => Some(Outcome::Committed),
            // What was committed before a crash stays so, and what was not is not any more.
            (Status::Aborted, _) | (Status::InProgress, false) => Some(Outcome::NotCommitted),
            // After a crash that may be another one with the same id; and what is too old is forgotten.
            (Status::Committed, false) | (Status::Forgotten, _) => Some(Outcome::InDoubt),
        })
    }

    async fn ask(&self, client: &Client) -> Result<Option<Found>, Error> {
        let Self { id, server_started, began } = self;
        let parameters = [(id, Type::TEXT), (server_started, Type::TEXT), (began, Type::TEXT)];
        let parameters = parameters.map(|(text, sql_type)| (text as _, sql_type));
        let answer = client.query_typed_opt(sql::TRANSACTION_STATUS, &parameters).await.map_err(from_driver)?;
        Ok(answer.map(|answer| {
            let status = match answer.get(0) {
                Some("in progress") => Status::InProgress,
                Some("committed") => Status::Committed,
                Some("aborted") => Status::Aborted,
                _ => Status::Forgotten,
            };
            Found { status, same_server: answer.get(1), open: answer.get(2) }
        }))
    }

    /// Ends it, and whatever statement of it is running.
    pub(super) async fn end(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let parameters = [(&self.id as _, Type::TEXT), (&self.began as _, Type::TEXT)];
        client.query_typed(sql::END_TRANSACTION, &parameters).await.map(drop)
    }

    /// Ends it if it waits for us to say more, as it does when the commit never arrived and the server has not noticed
    /// that we are gone.
    pub(super) async fn end_if_idle(&self, client: &Client) {
        let parameters = [(&self.id as _, Type::TEXT), (&self.began as _, Type::TEXT)];
        // If this fails, the next question about it shows what is the matter.
        drop(client.query_typed(sql::END_IDLE_TRANSACTION, &parameters).await);
    }
}

/// What the server says of it.
#[derive(PartialEq, Eq)]
struct Found {
    status: Status,
    /// Whether the server has run all the time, and so means the same transaction.
    same_server: bool,
    /// Whether a transaction with its id is open.
    open: bool,
}

#[derive(PartialEq, Eq)]
enum Status {
    InProgress,
    Committed,
    Aborted,
    /// It is too long ago.
    Forgotten,
}
