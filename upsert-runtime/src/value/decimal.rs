//! Decimal numbers of any crate.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::Invalid;

/// PostgreSQL's documentation, "Numeric Types": up to 131 072 digits before the point, up to 16 383 behind it.
const MOST_INTEGER_DIGITS: i64 = 131_072;
const MOST_FRACTION_DIGITS: i64 = 16_383;
const MOST_ZEROS: usize = 131_072;

/// A decimal number of any size: its digits, and how many of them stand behind the point.
///
/// The scale is kept: 1.50 is written as another text than 1.5, though they are equal as numbers.
///
/// ```
/// use upsert::value::Decimal;
///
/// assert_eq!(Decimal::new(-150, 2).to_string(), "-1.50");
/// assert_eq!(Decimal::from_digits(false, "12", -3).map(|decimal| decimal.to_string()).as_deref(), Some("12000"));
/// assert_eq!(Decimal::from_digits(false, "1e3", 0), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal<'a> {
    negative: bool,
    digits: Digits<'a>,
    /// Digits behind the point; where it is negative, zeros to append before it.
    scale: i64,
}

#[derive(Clone, PartialEq, Eq)]
enum Digits<'a> {
    Small(u128),
    Large(Cow<'a, str>),
}

impl<'a> Decimal<'a> {
    /// The number `mantissa` / 10^`scale`.
    #[must_use]
    pub fn new(mantissa: i128, scale: u32) -> Self {
        Self { negative: mantissa < 0, digits: Digits::Small(mantissa.unsigned_abs()), scale: scale.into() }
    }

    /// The number `mantissa` / 10^`scale`, which is not negative.
    #[must_use]
    pub fn from_unsigned(mantissa: u128, scale: u32) -> Self {
        Self { negative: false, digits: Digits::Small(mantissa), scale: scale.into() }
    }

    /// The number whose decimal digits these are, `scale` of them behind the point; `None` if anything else is among
    /// them, or nothing at all.
    #[must_use]
    pub fn from_digits(negative: bool, digits: impl Into<Cow<'a, str>>, scale: i64) -> Option<Self> {
        let digits = digits.into();
        let are_digits = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        are_digits.then_some(Self { negative, digits: Digits::Large(digits), scale })
    }

    /// The same number, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Decimal<'static> {
        let digits = match self.digits {
            Digits::Small(mantissa) => Digits::Small(mantissa),
            Digits::Large(digits) => Digits::Large(digits.into_owned().into()),
        };
        Decimal { digits, negative: self.negative, scale: self.scale }
    }

    /// About how many bytes the number takes on its way, with the zeros that are written for its scale.
    pub(crate) fn size(&self) -> usize {
        match &self.digits {
            Digits::Small(_) => 16,
            Digits::Large(digits) => {
                digits.len() + usize::try_from(self.scale.unsigned_abs()).unwrap_or(usize::MAX).min(MOST_ZEROS)
            }
        }
    }

    /// Refuses a number with more digits than PostgreSQL takes. Elsewhere too: as plain digits, a short number with a large
    /// exponent would fill the memory.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        self.with_parts(|parts| {
            let is_large = !parts.digits.is_empty() && parts.integer_digits() > MOST_INTEGER_DIGITS;
            if is_large || parts.scale > MOST_FRACTION_DIGITS { Err(Invalid::OutOfRange) } else { Ok(()) }
        })
    }

    /// Shows the number in parts: its significant digits, without zeros before them, are lent from the stack.
    pub(crate) fn with_parts<R>(&self, show: impl FnOnce(Parts<'_>) -> R) -> R {
        let mut buffer = [b'0'; MOST_DIGITS];
        let digits = match &self.digits {
            Digits::Small(mantissa) => write_digits(*mantissa, &mut buffer),
            Digits::Large(digits) => digits.trim_start_matches('0').as_bytes(),
        };
        show(Parts { negative: self.negative && !digits.is_empty(), digits, scale: self.scale })
    }

    /// The order of the numbers: 1.5 and 1.50 are equal.
    pub(crate) fn compare(&self, other: &Decimal<'_>) -> Ordering {
        self.with_parts(|left| other.with_parts(|right| left.compare(&right)))
    }

    /// The same number without zeros at its end, as one text for all that are equal.
    pub(crate) fn shortest(&self) -> String {
        self.with_parts(|parts| parts.without_trailing_zeros().to_string())
    }
}

/// Plain digits, never an exponent.
impl fmt::Display for Decimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_parts(|parts| parts.fmt(f))
    }
}

/// Shows nothing of the number: it may end up in a log.
impl fmt::Debug for Decimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decimal(..)")
    }
}

/// A number as sign, significant digits and scale.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'d> {
    pub(crate) negative: bool,
    /// ASCII; none for zero.
    pub(crate) digits: &'d [u8],
    pub(crate) scale: i64,
}

impl Parts<'_> {
    /// How many digits stand before the point; zeros and less where the first significant digit stands behind it.
    pub(crate) fn integer_digits(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX).saturating_sub(self.scale)
    }

    /// How many digits behind the point are needed for the number itself; less than none where zeros stand before it.
    pub(crate) fn fraction_digits(&self) -> i64 {
        match self.without_trailing_zeros() {
            Self { digits: [], .. } => i64::MIN,
            Self { scale, .. } => scale,
        }
    }

    fn without_trailing_zeros(self) -> Self {
        let kept = self.digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        let dropped = i64::try_from(self.digits.len() - kept).unwrap_or(i64::MAX);
        // Zero has no digits, and needs none behind the point.
        let scale = if kept == 0 { 0 } else { self.scale.saturating_sub(dropped) };
        Self { digits: &self.digits[..kept], scale, ..self }
    }

    fn compare(&self, other: &Parts<'_>) -> Ordering {
        let sign = |parts: &Parts<'_>| match (parts.digits.is_empty(), parts.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_size = || {
            let (left, right) = (self.without_trailing_zeros(), other.without_trailing_zeros());
            left.integer_digits().cmp(&right.integer_digits()).then_with(|| left.digits.cmp(right.digits))
        };
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { by_size().reverse() } else { by_size() })
    }
}

impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        // Places are counted from the point: 1 is the one just before it. Zero has no first digit.
        let first = if self.digits.is_empty() { 0 } else { self.integer_digits() };
        let mut place = first.max(1);
        while place > -self.scale.max(0) {
            if place == 0 {
                f.write_str(".")?;
            }
            let digit = usize::try_from(first - place).ok().and_then(|at| self.digits.get(at)).copied();
            f.write_str(DIGITS[usize::from(digit.unwrap_or(b'0') - b'0')])?;
            place -= 1;
        }
        Ok(())
    }
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Of 2^128 - 1.
const MOST_DIGITS: usize = 39;

/// The digits of a number, none for 0.
fn write_digits(mut number: u128, buffer: &mut [u8; MOST_DIGITS]) -> &[u8] {
    let mut start = MOST_DIGITS;
    while number > 0 {
        // 18 digits at a time, because division is slow in 128 bits.
        const STEP: u128 = 1_000_000_000_000_000_000;
        let (rest, some) = (number / STEP, number % STEP);
        let mut some = u64::try_from(some).expect("18 digits fit 64 bits");
        let end = if rest == 0 { 0 } else { start - 18 };
        while start > end && (some > 0 || rest > 0) {
            start -= 1;
            buffer[start] = b'0' + u8::try_from(some % 10).expect("it is a digit");
            some /= 10;
        }
        number = rest;
    }
    &buffer[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(negative: bool, digits: &str, scale: i64) -> Decimal<'_> {
        Decimal::from_digits(negative, digits, scale).expect("they are digits")
    }

    #[test]
    fn numbers_are_written_in_plain_digits() {
        for (decimal, text) in [
            (Decimal::new(0, 0), "0"),
            (Decimal::new(0, 3), "0.000"),
            (Decimal::new(5, 3), "0.005"),
            (Decimal::new(-1_234_500, 4), "-123.4500"),
            (Decimal::new(i128::MIN, 0), "-170141183460469231731687303715884105728"),
            (Decimal::from_unsigned(u128::MAX, 38), "3.40282366920938463463374607431768211455"),
            (Decimal::new(1_000_000_000_000_000_000, 0), "1000000000000000000"),
            (
                Decimal::new(1_000_000_000_000_000_001_000_000_000_000_000_000, 0),
                "1000000000000000001000000000000000000",
            ),
            (digits(true, "000", 1), "0.0"),
            (digits(true, "0012", -3), "-12000"),
            (digits(false, "12", 0), "12"),
        ] {
            assert_eq!(decimal.to_string(), text);
        }
    }

    #[test]
    fn equal_numbers_have_one_shortest_text() {
        for (decimal, text) in [
            (Decimal::new(150, 2), "1.5"),
            (Decimal::new(15, 1), "1.5"),
            (Decimal::new(1_500, 0), "1500"),
            (digits(false, "15", -2), "1500"),
            (Decimal::new(0, 7), "0"),
            (digits(true, "0", -7), "0"),
            (Decimal::new(-70, 3), "-0.07"),
        ] {
            assert_eq!(decimal.shortest(), text);
        }
    }

    #[test]
    fn numbers_have_the_order_of_numbers() {
        let ascending = [
            digits(true, "1", -30),
            Decimal::new(-100, 0),
            Decimal::new(-15, 1),
            Decimal::new(-1, 0),
            Decimal::new(-5, 3),
            Decimal::new(0, 2),
            Decimal::new(1, 20),
            Decimal::new(9, 2),
            Decimal::new(1, 1),
            Decimal::new(1_099, 3),
            Decimal::new(11, 1),
            Decimal::new(9, 0),
            Decimal::new(10, 0),
            digits(false, "1", -1_000),
        ];
        for (place, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(left.compare(right), place.cmp(&other), "{left} and {right}");
            }
        }
        assert_eq!(Decimal::new(150, 2).compare(&Decimal::new(15, 1)), Ordering::Equal);
        assert_eq!(digits(true, "0", 5).compare(&Decimal::new(0, 0)), Ordering::Equal);
    }

    #[test]
    fn digits_are_counted_from_the_point() {
        let counts =
            |decimal: Decimal<'_>| decimal.with_parts(|parts| (parts.integer_digits(), parts.fraction_digits()));
        assert_eq!(counts(Decimal::new(12_345, 2)), (3, 2));
        assert_eq!(counts(Decimal::new(12_300, 2)), (3, 0));
        assert_eq!(counts(Decimal::new(12_300, 0)), (5, -2));
        assert_eq!(counts(Decimal::new(5, 3)), (-2, 3));
        assert_eq!(counts(digits(false, "5", -3)), (4, -3));
    }
}
