//! Finds floats that JSON has no number for. serde_json writes them as `null`, which is another value.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// Whether each float of a value is a number that JSON has: neither NaN nor infinite.
pub(super) fn are_numbers<T: Serialize + ?Sized>(value: &T) -> bool {
    value.serialize(Floats).is_ok()
}

/// Goes through a value and writes nothing.
#[derive(Clone, Copy)]
struct Floats;

/// There is one that is no number; or the value cannot be serialized at all.
#[derive(Debug)]
struct NoNumber;

impl fmt::Display for NoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a float is no number")
    }
}

impl std::error::Error for NoNumber {}

impl ser::Error for NoNumber {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

type Seen = Result<(), NoNumber>;

/// Methods for values that are no floats and have none in them.
macro_rules! no_floats {
    ($($method:ident($($value:ty),*)),* $(,)?) => {$(
        fn $method(self, $(_: $value),*) -> Seen {
            Ok(())
        }
    )*};
}

/// Methods for what has parts: the parts are looked at one by one.
macro_rules! parts {
    ($($method:ident($($argument:ty),*)),* $(,)?) => {$(
        fn $method(self, $(_: $argument),*) -> Result<Self, NoNumber> {
            Ok(self)
        }
    )*};
}

impl Serializer for Floats {
    type Ok = ();
    type Error = NoNumber;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    no_floats! {
        serialize_bool(bool),
        serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64), serialize_i128(i128),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64), serialize_u128(u128),
        serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]),
        serialize_none(), serialize_unit(), serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str),
    }

    fn serialize_f32(self, value: f32) -> Seen {
        if value.is_finite() { Ok(()) } else { Err(NoNumber) }
    }

    fn serialize_f64(self, value: f64) -> Seen {
        if value.is_finite() { Ok(()) } else { Err(NoNumber) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Seen {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Seen {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Seen {
        value.serialize(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Seen {
        Ok(())
    }

    parts! {
        serialize_seq(Option<usize>),
        serialize_tuple(usize),
        serialize_tuple_struct(&'static str, usize),
        serialize_tuple_variant(&'static str, u32, &'static str, usize),
        serialize_map(Option<usize>),
        serialize_struct(&'static str, usize),
        serialize_struct_variant(&'static str, u32, &'static str, usize),
    }
}

/// The parts of one kind of value: each is looked at by the method of this name.
macro_rules! look_at_parts {
    ($($parts:ident: $method:ident($($name:ty)?)),* $(,)?) => {$(
        impl ser::$parts for Floats {
            type Ok = ();
            type Error = NoNumber;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Seen {
                value.serialize(*self)
            }

            fn end(self) -> Seen {
                Ok(())
            }
        }
    )*};
}

look_at_parts! {
    SerializeSeq: serialize_element(),
    SerializeTuple: serialize_element(),
    SerializeTupleStruct: serialize_field(),
    SerializeTupleVariant: serialize_field(),
    SerializeStruct: serialize_field(&'static str),
    SerializeStructVariant: serialize_field(&'static str),
}

impl ser::SerializeMap for Floats {
    type Ok = ();
    type Error = NoNumber;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Seen {
        key.serialize(*self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Seen {
        value.serialize(*self)
    }

    fn end(self) -> Seen {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn floats_are_found_wherever_they_are() {
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!are_numbers(&float));
            assert!(!are_numbers(&Some(float)));
            assert!(!are_numbers(&[1.0, float]));
            assert!(!are_numbers(&vec![vec![float]]));
            assert!(!are_numbers(&(1, "a", float)));
            assert!(!are_numbers(&BTreeMap::from([("a", float)])));
            assert!(!are_numbers(&Err::<(), _>(float)));
        }
        assert!(!are_numbers(&f32::NAN));
        assert!(are_numbers(&(f64::MAX, -0.0, f32::MIN, Some(1.5), [u64::MAX], "NaN", None::<f64>, ())));
    }
}
