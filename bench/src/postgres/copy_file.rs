//! The files that psql copies from, written before anything is measured.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};

use crate::rows::Item;

/// In `COPY`'s text format; what the checks compare with is loaded from it.
pub(crate) fn text(rows: &[Item]) -> String {
    let mut out = String::new();
    for item in rows {
        let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
        let note = note.as_deref().unwrap_or("\\N");
        let seen_at = seen_at.format("%Y-%m-%d %H:%M:%S%.6f+00");
        writeln!(out, "{id}\t{shelf}\t{serial}\t{name}\t{note}\t{weight}\t{active}\t{seen_at}\t{made_on}\t{token}")
            .expect("a String takes all");
    }
    out
}

/// In `COPY`'s binary format.
pub(super) fn binary(rows: &[Item]) -> BytesMut {
    let mut out = BytesMut::new();
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    out.put_u64(0); // no flags, no extension
    for item in rows {
        let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
        out.put_i16(10);
        field(&mut out, &id.to_be_bytes());
        field(&mut out, &shelf.to_be_bytes());
        field(&mut out, &serial.to_be_bytes());
        field(&mut out, name.as_bytes());
        match note {
            Some(note) => field(&mut out, note.as_bytes()),
            None => out.put_i32(-1),
        }
        field(&mut out, &weight.to_be_bytes());
        field(&mut out, &[u8::from(*active)]);
        // Its days and microseconds count from 2000-01-01.
        field(&mut out, &(seen_at.timestamp_micros() - 946_684_800_000_000).to_be_bytes());
        field(&mut out, &(made_on.to_epoch_days() - 10_957).to_be_bytes());
        field(&mut out, token.as_bytes());
    }
    out.put_i16(-1);
    out
}

fn field(out: &mut BytesMut, bytes: &[u8]) {
    out.put_i32(i32::try_from(bytes.len()).expect("fields are short"));
    out.put_slice(bytes);
}
