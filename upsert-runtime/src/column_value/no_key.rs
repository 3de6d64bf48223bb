//! Types that are no part of a key, each with its own reason. Each is one on a condition that it does not meet: of what fails the
//! compiler tells the innermost, which so has words for this type alone. The condition is about another type than the one that is
//! refused, or the compiler would tell of the outermost; and it holds for what is to be written instead, which the compiler names.

use super::{ColumnValue, KeyValue};

/// A key, of one value or another.
#[derive(Debug)]
pub enum Key<T> {
    #[doc(hidden)]
    Of(T),
}

#[diagnostic::on_unimplemented(
    message = "`{Found}` can be NULL, and so cannot be part of a key, by which rows are found",
    label = "not a key type: it can be NULL",
    note = "NULL never equals NULL in a unique index, so that a row with it would be inserted anew at every run: drop the `Option`, or leave the field out of the key",
    note = "a primary key that the database numbers is `#[upsert(primary_key, identity)]`, and rows are then found by a `conflict_target(…)` of the struct"
)]
pub trait IsNeverNull<Found> {}

impl<T> IsNeverNull<T> for Key<T> {}

#[doc(hidden)]
impl<T: ColumnValue> KeyValue for Option<T> where Key<T>: IsNeverNull<Self> {}

#[derive(Debug)]
pub enum Number {}

#[diagnostic::on_unimplemented(
    message = "`{Found}` is a float, and so cannot be part of a key, by which rows are found",
    label = "not a key type: databases have no exact equality of floats",
    note = "what is computed in two ways may differ in the last digit: use an integer of the smallest unit, or a decimal"
)]
pub trait IsExact<Found> {}

impl IsExact<i64> for Number {}

// Asked for every lifetime, the question may have the answer no.
#[doc(hidden)]
impl KeyValue for f32 where for<'any> Number: IsExact<Self> {}

#[doc(hidden)]
impl KeyValue for f64 where for<'any> Number: IsExact<Self> {}
