//! Dates and times as text of one width, whose order is the order of time.

use super::Invalid;

const SECONDS_OF_DAY: u32 = 86_400;
const MICROS_OF_DAY: i64 = 86_400_000_000;

/// `YYYY-MM-DD HH:MM:SS.ffffff+00:00`.
#[inline(always)]
pub(crate) fn timestamp(micros: i64) -> Result<[u8; 32], Invalid> {
    let (year, month, day) = civil(micros.div_euclid(MICROS_OF_DAY))?;
    let [hour, minute, second, micros] = clock(micros.rem_euclid(MICROS_OF_DAY))?;
    let mut out = [0; 32];
    let (words, _) = out.as_chunks_mut();
    words[0] = year_and_month(year, month);
    words[1] = word(b"\0\0 \0\0:\0\0", [(0, day), (3, hour), (6, minute)]);
    words[2] = word(b":\0\0.\0\0\0\0", [(1, second), (4, micros / 10_000), (6, micros / 100 % 100)]);
    words[3] = word(b"\0\0+00:00", [(0, micros % 100)]);
    Ok(out)
}

/// `YYYY-MM-DD`: only years of four digits have text of one width, whose order is the order of time.
#[inline(always)]
pub(crate) fn date(days: i64) -> Result<[u8; 10], Invalid> {
    let (year, month, day) = civil(days)?;
    let mut out = [0; 10];
    out[..8].copy_from_slice(&year_and_month(year, month));
    out[8..].copy_from_slice(&PAIRS[day as usize]);
    Ok(out)
}

/// `YYYY-MM-`.
#[inline]
fn year_and_month(year: u32, month: u32) -> [u8; 8] {
    word(b"\0\0\0\0-\0\0-", [(0, year / 100), (2, year % 100), (5, month)])
}

/// The year, from 0 to 9999, the month and the day of a number of days since 1970-01-01.
///
/// Quotients come with their remainders, as the two halves of a product: Neri and Schneider, "Euclidean affine functions and their
/// application to calendar algorithms" (Software: Practice and Experience, 2023), who prove for which numbers that holds.
pub(crate) fn civil(days: i64) -> Result<(u32, u32, u32), Invalid> {
    // Years are taken from 1 March, so that the leap day ends them. Days are counted from 1 March of the year -400, so that all
    // that have four digits are positive; 400 years have 146 097 days always.
    let since = u32::try_from(days + 719_468 + 146_097).map_err(|_| Invalid::OutOfRange)?;
    let quarters = u64::from(since) * 4 + 3;
    let (century, day_of_century) = (quarters / 146_097, quarters % 146_097 / 4);
    // 1461 days are 4 years, and 2 939 745 is 2^32 / 1461: the upper half is the quotient, and the lower one tells what remains.
    let product = (day_of_century * 4 + 3) * 2_939_745;
    let (year_of_century, day_of_year) = (product >> 32, (product & 0xffff_ffff) / 2_939_745 / 4);
    // From March on, months have 31, 30, 31, 30, 31 days, again and again: 153 in five months, which is 2^16 / 2141 in one.
    let product = day_of_year * 2_141 + 197_913;
    let (from_march, day) = (product >> 16, (product & 0xffff) / 2_141 + 1);
    let (next_year, month) = if from_march > 12 { (1, from_march - 12) } else { (0, from_march) };
    let year = (century * 100 + year_of_century + next_year).checked_sub(400).filter(|year| *year <= 9999);
    let small = |number| u32::try_from(number).map_err(|_| Invalid::OutOfRange);
    Ok((small(year.ok_or(Invalid::OutOfRange)?)?, small(month)?, small(day)?))
}

/// `HH:MM:SS.ffffff`.
#[inline]
pub(crate) fn time(micros: i64) -> Result<[u8; 15], Invalid> {
    let [hour, minute, second, micros] = clock(micros)?;
    let mut out = *b"00:00:00.000000";
    out[..8].copy_from_slice(&word(b"\0\0:\0\0:\0\0", [(0, hour), (3, minute), (6, second)]));
    out[9..11].copy_from_slice(&PAIRS[(micros / 10_000) as usize]);
    out[11..13].copy_from_slice(&PAIRS[(micros / 100 % 100) as usize]);
    out[13..].copy_from_slice(&PAIRS[(micros % 100) as usize]);
    Ok(out)
}

/// The hour, the minute, the second and the microsecond of a time of day.
#[inline]
fn clock(micros: i64) -> Result<[u32; 4], Invalid> {
    let micros = u64::try_from(micros).map_err(|_| Invalid::OutOfRange)?;
    let seconds = u32::try_from(micros / 1_000_000).ok().filter(|seconds| *seconds < SECONDS_OF_DAY);
    let seconds = seconds.ok_or(Invalid::OutOfRange)?;
    let micros = u32::try_from(micros % 1_000_000).map_err(|_| Invalid::OutOfRange)?;
    Ok([seconds / 3_600, seconds / 60 % 60, seconds % 60, micros])
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        #[expect(clippy::cast_possible_truncation)]
        let value = number as u8; // below 100
        pairs[number] = [b'0' + value / 10, b'0' + value % 10];
        number += 1;
    }
    pairs
};

/// Eight characters, with two digits in each of some places where there is nothing; the numbers are below 100.
///
/// They are put together as one number: what is read back just after it was written in parts is waited for.
#[inline]
fn word<const N: usize>(template: &[u8; 8], pairs: [(u32, u32); N]) -> [u8; 8] {
    let of_pair = |(place, number): (u32, u32)| u64::from(u16::from_le_bytes(PAIRS[number as usize])) << (8 * place);
    pairs.into_iter().fold(u64::from_le_bytes(*template), |word, pair| word | of_pair(pair)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<const N: usize>(made: Result<[u8; N], Invalid>) -> Result<String, Invalid> {
        made.map(|bytes| String::from_utf8(bytes.to_vec()).expect("digits are ASCII"))
    }

    #[test]
    fn every_day_of_four_digit_years_follows_the_one_before() {
        let (mut year, mut month, mut day) = (0, 1, 1);
        // 0000-01-01 to 9999-12-31.
        for days in -719_528..2_932_897 {
            assert_eq!(text(date(days)), Ok(format!("{year:04}-{month:02}-{day:02}")), "day {days}");
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn times_have_one_width() {
        assert_eq!(text(timestamp(0)).as_deref(), Ok("1970-01-01 00:00:00.000000+00:00"));
        assert_eq!(text(timestamp(-1)).as_deref(), Ok("1969-12-31 23:59:59.999999+00:00"));
        assert_eq!(text(timestamp(1_385_164_800_000_007)).as_deref(), Ok("2013-11-23 00:00:00.000007+00:00"));
        assert_eq!(text(timestamp(1_385_210_096_123_456)).as_deref(), Ok("2013-11-23 12:34:56.123456+00:00"));
        assert_eq!(text(time(86_399_999_999)).as_deref(), Ok("23:59:59.999999"));
        assert_eq!(text(time(45_296_123_456)).as_deref(), Ok("12:34:56.123456"));
    }

    #[test]
    fn what_has_no_such_text_is_refused() {
        for days in [-719_529, 2_932_897, i64::from(i32::MIN), i64::from(i32::MAX)] {
            assert_eq!(date(days), Err(Invalid::OutOfRange), "day {days}");
        }
        assert_eq!(time(86_400_000_000), Err(Invalid::OutOfRange));
        assert_eq!(time(-1), Err(Invalid::OutOfRange));
        assert_eq!(timestamp(i64::MIN), Err(Invalid::OutOfRange));
        assert_eq!(timestamp(i64::MAX), Err(Invalid::OutOfRange));
    }
}
