//! The ways in which rows can be brought to a database.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use upsert::report::Count;
use upsert::{Atomicity, ChunkReports, Error, UpsertReport};

use crate::Database;

/// Where rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Pool,
    Connection,
    Transaction,
}

/// Which method writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `aupsert`, or `upsert` in blocking code.
    Call,
    /// `aupsert_chunks`.
    Chunks,
    /// `cursor`, with one connection or transaction for all chunks.
    Cursor,
}

/// What the argument `rows` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Vec,
    Slice,
    Iterator,
    TryIterator,
    Stream,
    TryStream,
}

impl Form {
    /// Whether all rows are there from the start.
    pub fn is_memory(self) -> bool {
        matches!(self, Self::Vec | Self::Slice)
    }

    pub fn is_stream(self) -> bool {
        matches!(self, Self::Stream | Self::TryStream)
    }
}

pub const PLACES: [Place; 3] = [Place::Pool, Place::Connection, Place::Transaction];
const DOORS: [Door; 3] = [Door::Call, Door::Chunks, Door::Cursor];
pub const FORMS: [Form; 6] = [Form::Vec, Form::Slice, Form::Iterator, Form::TryIterator, Form::Stream, Form::TryStream];

/// Every way that the database has, with both atomicities where the door knows both.
pub fn ways<D: Database>() -> Vec<(Place, Door, Form, Atomicity)> {
    let mut ways = Vec::new();
    for place in PLACES {
        for door in DOORS {
            for form in FORMS.into_iter().filter(|&form| D::offers(place, door, form)) {
                ways.push((place, door, form, Atomicity::Chunk));
                if door != Door::Cursor {
                    ways.push((place, door, form, Atomicity::Call));
                }
            }
        }
    }
    assert!(ways.len() > 40);
    ways
}

/// Puts rows into a form of the blocking kind and goes on with them.
#[macro_export]
macro_rules! in_blocking_form {
    ($form:expr, $rows:expr, $given:ident => $then:expr) => {{
        use $crate::loading::Form;
        match $form {
            Form::Vec => {
                let $given = $rows.to_vec();
                $then
            }
            Form::Slice => {
                let $given = $rows;
                $then
            }
            Form::Iterator => {
                let $given = $rows.iter().cloned();
                $then
            }
            Form::TryIterator => {
                let $given = $rows.iter().cloned().map(Ok::<_, std::io::Error>);
                $then
            }
            Form::Stream | Form::TryStream => unreachable!("blocking code takes no streams"),
        }
    }};
}

/// Puts rows into a form and goes on with them.
#[macro_export]
macro_rules! in_form {
    ($form:expr, $rows:expr, $given:ident => $then:expr) => {{
        use $crate::loading::{Form, Halting};
        match $form {
            Form::Stream => { let $given = Halting::new($rows.iter().cloned()); $then }
            Form::TryStream => { let $given = Halting::new($rows.iter().cloned().map(Ok::<_, std::io::Error>)); $then }
            blocking => $crate::in_blocking_form!(blocking, $rows, $given => $then),
        }
    }};
}

/// Writes rows of a type through a door of the async kind. The place is an expression that lends it anew for each chunk.
#[macro_export]
macro_rules! through_door {
    ($row:ty, $door:expr, $place:expr, $rows:expr, $options:expr) => {{
        use $crate::loading::Door;
        match $door {
            Door::Call => <$row as upsert::Upsertable>::aupsert($place, $rows, $options).await,
            Door::Chunks => {
                $crate::loading::watch(<$row as upsert::Upsertable>::aupsert_chunks($place, $rows, $options)).await
            }
            Door::Cursor => {
                let mut cursor = <$row as upsert::Upsertable>::cursor($rows, $options);
                loop {
                    match cursor.write_next($place).await {
                        Ok(Some(_)) => {}
                        Ok(None) => break Ok(cursor.report().clone()),
                        Err(error) => break Err(error),
                    }
                }
            }
        }
    }};
}

/// Reads the reports of all chunks, which must add up to the last one.
pub async fn watch(mut chunks: ChunkReports<'_>) -> Result<UpsertReport, Error> {
    let (mut number, mut rows, mut bytes) = (0, 0, 0);
    let mut duplicates = Count::ZERO;
    let (mut inserted, mut updated, mut unchanged, mut ignored) = (Count::ZERO, Count::ZERO, Count::ZERO, Count::ZERO);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        assert_eq!(chunk.chunk, number, "chunks are numbered");
        number += 1;
        rows += chunk.rows;
        bytes += chunk.bytes;
        inserted += chunk.inserted;
        updated += chunk.updated;
        unchanged += chunk.unchanged;
        ignored += chunk.ignored;
        duplicates += chunk.duplicates;
        assert_eq!(chunk.rows_so_far, rows, "rows so far");
    }
    let report = chunks.report().expect("a stream that ends without an error has a report").clone();
    assert_eq!((report.chunks, report.rows, report.bytes), (number, rows, bytes), "the chunks add up");
    for (chunks, call) in [
        (inserted, report.inserted),
        (updated, report.updated),
        (unchanged, report.unchanged),
        (ignored, report.ignored),
        (duplicates, report.duplicates),
    ] {
        // Chunks that were only staged do not know.
        assert!(chunks == call || chunks == Count::UNKNOWN, "the chunks say {chunks}, the call says {call}");
    }
    Ok(report)
}

/// A stream that is not ready every third time it is asked.
#[derive(Debug)]
pub struct Halting<I> {
    rows: I,
    asked: u32,
}

impl<I> Halting<I> {
    pub fn new(rows: I) -> Self {
        Self { rows, asked: 0 }
    }
}

impl<I: Iterator + Unpin> Stream for Halting<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<I::Item>> {
        self.asked += 1;
        if self.asked.is_multiple_of(3) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.rows.next())
    }
}
