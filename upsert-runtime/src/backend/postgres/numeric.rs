//! PostgreSQL's `numeric` in its binary format: digits of base 10 000, and where the point stands among them.

use bytes::BufMut;

use crate::value::{Decimal, Invalid};

/// Decimal digits of one digit of base 10 000.
const WIDTH: usize = 4;

/// Appends a number with its length before it.
pub(super) fn put_numeric(out: &mut Vec<u8>, decimal: &Decimal<'_>) -> Result<(), Invalid> {
    decimal.check()?;
    decimal.with_parts(|parts| {
        let before_point = if parts.digits.is_empty() { 0 } else { parts.integer_digits() };
        // Groups of four are counted from the point; the first is full only if it happens to be.
        let weight = if parts.digits.is_empty() { 0 } else { (before_point - 1).div_euclid(4) };
        let first = usize::try_from((before_point - 1).rem_euclid(4) + 1).expect("it is from 1 to 4");
        let (head, rest) = parts.digits.split_at(first.min(parts.digits.len()));
        let groups = rest.chunks(WIDTH);
        let count = usize::from(!head.is_empty()) + groups.len();

        out.put_i32(8 + i32::try_from(2 * count).map_err(|_| Invalid::TooLarge)?);
        out.put_i16(i16::try_from(count).map_err(|_| Invalid::TooLarge)?);
        out.put_i16(i16::try_from(weight).map_err(|_| Invalid::OutOfRange)?);
        out.put_u16(if parts.negative { 0x4000 } else { 0 });
        out.put_i16(i16::try_from(parts.scale.max(0)).map_err(|_| Invalid::OutOfRange)?);
        if !head.is_empty() {
            out.put_i16(number(head, first));
        }
        for group in groups {
            out.put_i16(number(group, WIDTH));
        }
        Ok(())
    })
}

/// A group of digits as a number of so many digits; the last group of a number may lack its zeros.
fn number(digits: &[u8], width: usize) -> i16 {
    (0..width).fold(0, |number, place| number * 10 + digits.get(place).map_or(0, |digit| i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(decimal: &Decimal<'_>) -> Result<(i16, u16, i16, Vec<i16>), Invalid> {
        let mut out = Vec::new();
        put_numeric(&mut out, decimal)?;
        let numbers: Vec<i16> = out[4..].chunks(2).map(|bytes| i16::from_be_bytes([bytes[0], bytes[1]])).collect();
        assert_eq!(i32::from_be_bytes([out[0], out[1], out[2], out[3]]), i32::try_from(out.len() - 4).expect("short"));
        let [count, weight, sign, scale, digits @ ..] = numbers.as_slice() else { unreachable!("the head is there") };
        assert_eq!(usize::try_from(*count), Ok(digits.len()));
        Ok((*weight, sign.cast_unsigned(), *scale, digits.to_vec()))
    }

    fn digits(digits: &str, scale: i64) -> Decimal<'_> {
        Decimal::from_digits(false, digits, scale).expect("they are digits")
    }

    #[test]
    fn numbers_are_groups_of_four_digits() {
        assert_eq!(encoded(&Decimal::new(0, 0)), Ok((0, 0, 0, vec![])));
        assert_eq!(encoded(&Decimal::new(0, 3)), Ok((0, 0, 3, vec![])));
        assert_eq!(encoded(&Decimal::new(1, 0)), Ok((0, 0, 0, vec![1])));
        assert_eq!(encoded(&Decimal::new(-12_345, 0)), Ok((1, 0x4000, 0, vec![1, 2345])));
        assert_eq!(encoded(&Decimal::new(10_000, 0)), Ok((1, 0, 0, vec![1, 0])));
        assert_eq!(encoded(&Decimal::new(150, 2)), Ok((0, 0, 2, vec![1, 5000])));
        assert_eq!(encoded(&Decimal::new(5, 5)), Ok((-2, 0, 5, vec![5000])));
        assert_eq!(encoded(&Decimal::new(5, 4)), Ok((-1, 0, 4, vec![5])));
        assert_eq!(encoded(&Decimal::new(12_345_678, 3)), Ok((1, 0, 3, vec![1, 2345, 6780])));
        assert_eq!(encoded(&digits("12", -7)), Ok((2, 0, 0, vec![1, 2000])));
    }

    #[test]
    fn numbers_have_limits() {
        assert!(encoded(&digits("1", -131_071)).is_ok());
        assert_eq!(encoded(&digits("1", -131_072)), Err(Invalid::OutOfRange));
        assert!(encoded(&digits("1", 16_383)).is_ok());
        assert_eq!(encoded(&digits("1", 16_384)), Err(Invalid::OutOfRange));
        assert_eq!(encoded(&digits("1", i64::MIN)), Err(Invalid::OutOfRange));
        assert_eq!(encoded(&digits("1", i64::MAX)), Err(Invalid::OutOfRange));
    }
}
