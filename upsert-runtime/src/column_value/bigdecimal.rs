//! `bigdecimal::BigDecimal`, stored as `rust_decimal::Decimal` is, with as many digits as it has.

use ::bigdecimal::BigDecimal;
use ::bigdecimal::num_bigint::Sign;

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Decimal, Invalid, Value};

impl ColumnValue for BigDecimal {
    const TYPE: ColumnType = ColumnType::Decimal;

    fn value(&self) -> Value<'_> {
        let (mantissa, scale) = self.as_bigint_and_scale();
        let digits = mantissa.magnitude().to_string();
        Decimal::from_digits(mantissa.sign() == Sign::Minus, digits, scale)
            .map_or(Value::Invalid(Invalid::OutOfRange), Value::Decimal)
    }
}

impl KeyValue for BigDecimal {}
