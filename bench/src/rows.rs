//! The rows: ten columns of the kinds that tables have. The same in every run.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use upsert::Upsertable;
use uuid::Uuid;

#[derive(Clone, Upsertable)]
#[upsert(table = "item")]
pub(crate) struct Item {
    #[upsert(primary_key)]
    pub(crate) id: i64,
    pub(crate) shelf: i32,
    pub(crate) serial: i64,
    pub(crate) name: String,
    pub(crate) note: Option<String>,
    pub(crate) weight: f64,
    pub(crate) active: bool,
    pub(crate) seen_at: DateTime<Utc>,
    pub(crate) made_on: NaiveDate,
    pub(crate) token: Uuid,
}

/// The names of the columns, in order; the first is the key.
pub(crate) const COLUMNS: [&str; 10] =
    ["id", "shelf", "serial", "name", "note", "weight", "active", "seen_at", "made_on", "token"];

/// `DO UPDATE SET …` of a statement written by hand.
pub(crate) fn set_all() -> String {
    let set: Vec<_> = COLUMNS[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
}

/// Which rows a workload writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    /// In key order.
    Old,
    /// The same keys, and other values in half of the columns of every row.
    New,
    OldShuffled,
    NewShuffled,
}

impl Input {
    pub(crate) const ALL: [Self; 4] = [Self::Old, Self::New, Self::OldShuffled, Self::NewShuffled];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
            Self::OldShuffled => "old_shuffled",
            Self::NewShuffled => "new_shuffled",
        }
    }

    /// The same rows in key order.
    pub(crate) fn in_order(self) -> Self {
        match self {
            Self::Old | Self::OldShuffled => Self::Old,
            Self::New | Self::NewShuffled => Self::New,
        }
    }
}

/// What is measured: rows that go into an empty table, or into one that holds the old ones.
#[derive(Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) input: Input,
    pub(crate) begins_with_old_rows: bool,
}

impl Workload {
    pub(crate) const ALL: [Self; 4] = {
        let [first, update, first_shuffled, update_shuffled, _] = Self::WITH_UNCHANGED;
        [first, update, first_shuffled, update_shuffled]
    };

    /// The last of these writes the rows that are there.
    pub(crate) const WITH_UNCHANGED: [Self; 5] = [
        Self { name: "first load", input: Input::Old, begins_with_old_rows: false },
        Self { name: "update all", input: Input::New, begins_with_old_rows: true },
        Self { name: "first load, shuffled keys", input: Input::OldShuffled, begins_with_old_rows: false },
        Self { name: "update all, shuffled keys", input: Input::NewShuffled, begins_with_old_rows: true },
        Self { name: "unchanged", input: Input::Old, begins_with_old_rows: true },
    ];

    pub(crate) fn is_shuffled(self) -> bool {
        self.input != self.input.in_order()
    }
}

pub(crate) struct Inputs {
    old: Vec<Item>,
    new: Vec<Item>,
    old_shuffled: Vec<Item>,
    new_shuffled: Vec<Item>,
}

impl Inputs {
    pub(crate) fn new(count: usize) -> Self {
        let mut dice = Dice(2013);
        let old: Vec<_> = (0..count).map(|row| Item::draw(row, &mut dice)).collect();
        let new: Vec<_> = old.iter().map(|item| item.changed(&mut dice)).collect();
        let mut order: Vec<_> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, dice.below(last + 1));
        }
        let shuffled = |rows: &[Item]| order.iter().map(|&row| rows[row].clone()).collect();
        Self { old_shuffled: shuffled(&old), new_shuffled: shuffled(&new), old, new }
    }

    pub(crate) fn get(&self, input: Input) -> &Vec<Item> {
        match input {
            Input::Old => &self.old,
            Input::New => &self.new,
            Input::OldShuffled => &self.old_shuffled,
            Input::NewShuffled => &self.new_shuffled,
        }
    }
}

impl Item {
    fn draw(row: usize, dice: &mut Dice) -> Self {
        let micros = 1_356_998_400_000_000 + i64::try_from(row).expect("rows are few") * 61_000_001;
        let length = 12 + dice.below(9);
        Self {
            // Keys with gaps, as real ones have.
            id: i64::try_from(row).expect("rows are few") * 3 + 1,
            shelf: i32::try_from(dice.below(1_000_000)).expect("it is below a million"),
            serial: dice.next().cast_signed() >> 8,
            name: dice.text(length),
            note: (dice.below(3) > 0).then(|| dice.text(16)),
            weight: dice.weight(),
            active: dice.below(2) == 1,
            seen_at: DateTime::from_timestamp_micros(micros).expect("it is in this century"),
            made_on: NaiveDate::from_epoch_days(12_000 + i32::try_from(dice.below(6_000)).expect("it is small"))
                .expect("it is in this century"),
            token: Uuid::from_u64_pair(dice.next(), dice.next()),
        }
    }

    fn changed(&self, dice: &mut Dice) -> Self {
        Self {
            name: dice.text(self.name.len()),
            note: (dice.below(3) > 0).then(|| dice.text(16)),
            weight: self.weight + 1.0 + dice.weight(),
            active: !self.active,
            seen_at: self.seen_at + TimeDelta::days(1),
            ..self.clone()
        }
    }
}

/// The generator "splitmix64": the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it is below a usize")
    }

    fn weight(&mut self) -> f64 {
        f64::from(i32::try_from(self.below(1 << 30)).expect("it is below 2^30")) / 1024.0
    }

    fn text(&mut self, length: usize) -> String {
        const LETTERS: [char; 16] = ['a', 'b', 'c', 'd', 'e', 'g', 'i', 'l', 'm', 'n', 'o', 'r', 's', 't', 'u', ' '];
        (0..length).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }
}
