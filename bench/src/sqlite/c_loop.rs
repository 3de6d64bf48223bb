//! The loop in C: how far the limit is that only `unsafe` code reaches.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int};
use std::marker::PhantomData;

use upsert::rusqlite::{self, Connection};

use crate::Result;
use crate::rows::Item;

/// An item as C sees it: `struct item` of `c_loop.c`.
#[repr(C)]
pub(super) struct CItem<'r> {
    id: i64,
    serial: i64,
    seen_at: i64,
    weight: f64,
    name: *const c_char,
    note: *const c_char,
    name_length: i32,
    note_length: i32,
    shelf: i32,
    made_on: i32,
    active: i32,
    token: [u8; 16],
    /// Name and note lie in the item.
    item: PhantomData<&'r Item>,
}

impl<'r> From<&'r Item> for CItem<'r> {
    fn from(item: &'r Item) -> Self {
        let length = |text: &str| i32::try_from(text.len()).expect("texts are short");
        let note = item.note.as_deref();
        Self {
            id: item.id,
            serial: item.serial,
            seen_at: item.seen_at.timestamp_micros(),
            weight: item.weight,
            name: item.name.as_ptr().cast(),
            note: note.map_or(std::ptr::null(), |note| note.as_ptr().cast()),
            name_length: length(&item.name),
            note_length: note.map_or(0, length),
            shelf: item.shelf,
            made_on: item.made_on.to_epoch_days(),
            active: i32::from(item.active),
            token: item.token.into_bytes(),
            item: PhantomData,
        }
    }
}

unsafe extern "C" {
    fn c_loop(
        db: *mut rusqlite::ffi::sqlite3,
        sql: *const c_char,
        items: *const CItem<'_>,
        order: *const usize,
        count: usize,
    ) -> c_int;
}

/// Writes items in one transaction, in the given order.
pub(super) fn write(connection: &Connection, sql: &str, items: &[CItem<'_>], order: &[usize]) -> Result {
    assert!(order.iter().all(|&place| place < items.len()), "the order is one of these items");
    let sql = CString::new(sql)?;
    // SAFETY: the connection is open and used by nobody else meanwhile (it is not `Sync`); the statement ends with a NUL
    // and is finalized before the call returns; the order is in bounds; the texts that an item points to are borrowed
    // by it, and SQLite looks at what is bound before the next step only.
    let result = unsafe { c_loop(connection.handle(), sql.as_ptr(), items.as_ptr(), order.as_ptr(), order.len()) };
    if result == 0 { Ok(()) } else { Err(format!("the loop in C failed with SQLite's code {result}").into()) }
}
