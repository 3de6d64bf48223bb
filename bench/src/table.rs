//! Times of contenders, as a plain table and as figures.

use std::time::Duration;

use crate::clock::Time;

/// What a contender stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Ours,
    /// What ours is measured against: the best of them, whichever that is on the day.
    Rival,
    /// For orientation; it is printed in brackets.
    Limit,
}

/// The times of one workload.
pub(crate) struct Table {
    title: String,
    lines: Vec<Line>,
}

struct Line {
    contender: String,
    role: Role,
    times: Vec<Time>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), lines: Vec::new() }
    }

    pub(crate) fn note(&mut self, contender: &str, role: Role, time: Time) {
        match self.lines.iter_mut().find(|line| line.contender == contender) {
            Some(line) => line.times.push(time),
            None => self.lines.push(Line { contender: contender.to_owned(), role, times: vec![time] }),
        }
    }

    pub(crate) fn print(&self) {
        println!("\n{}", self.title);
        println!(
            "{:48} {:>10} {:>10} {:>8} {:>8} {:>10} {:>10}",
            "", "median ms", "min ms", "ratio", "of mins", "CPU ms", "min"
        );
        let ratio = |line: &Line| Some(line.ratio(self.rival(Line::median)?, |time| time.wall));
        let of_mins = |line: &Line| Some(line.min() / self.rival(Line::min)?.min());
        let shown = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| format!("{ratio:.3}"));
        for line in &self.lines {
            let name = match line.role {
                Role::Ours | Role::Rival => format!("  {}", line.contender),
                Role::Limit => format!("  ({})", line.contender),
            };
            println!(
                "{:48} {:>10.3} {:>10.3} {:>8} {:>8} {:>10.3} {:>10.3}",
                name,
                line.median(),
                line.min(),
                shown(ratio(line)),
                shown(of_mins(line)),
                line.cpu(),
                line.times.iter().map(|time| millis(time.cpu)).fold(f64::INFINITY, f64::min),
            );
        }
    }

    /// The rival that takes least by some measure.
    fn rival(&self, measure: impl Fn(&Line) -> f64) -> Option<&Line> {
        let rivals = self.lines.iter().filter(|line| line.role == Role::Rival);
        rivals.min_by(|left, right| measure(left).total_cmp(&measure(right)))
    }

    /// The ratio of one of ours to the best of the rivals.
    pub(crate) fn ratio_of(&self, contender: &str) -> Option<f64> {
        Some(self.line(contender)?.ratio(self.rival(Line::median)?, |time| time.wall))
    }

    /// How many times longer one contender takes than another.
    pub(crate) fn distance(&self, contender: &str, other: &str) -> Option<f64> {
        Some(self.line(contender)?.ratio(self.line(other)?, |time| time.wall))
    }

    pub(crate) fn cpu_of(&self, contender: &str) -> Option<f64> {
        self.line(contender).map(Line::cpu)
    }

    /// How many times more CPU one contender needs than another.
    pub(crate) fn cpu_distance(&self, contender: &str, other: &str) -> Option<f64> {
        Some(self.line(contender)?.ratio(self.line(other)?, |time| time.cpu))
    }

    fn line(&self, contender: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.contender == contender)
    }
}

impl Line {
    fn median(&self) -> f64 {
        median(self.times.iter().map(|time| millis(time.wall)))
    }

    /// The median of the rounds' ratios to another contender: what slows a whole round down leaves it as it is.
    fn ratio(&self, other: &Self, of: impl Fn(&Time) -> Duration) -> f64 {
        let rounds = self.times.iter().zip(&other.times);
        median(rounds.map(|(ours, theirs)| of(ours).div_duration_f64(of(theirs))))
    }

    fn min(&self) -> f64 {
        self.times.iter().map(|time| millis(time.wall)).fold(f64::INFINITY, f64::min)
    }

    fn cpu(&self) -> f64 {
        median(self.times.iter().map(|time| millis(time.cpu)))
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The contenders of a round, each time another one first: what comes first, or after a certain other, may have it easier.
pub(crate) fn turns<C>(contenders: impl IntoIterator<Item = C>, round: usize) -> Vec<C> {
    let mut turns: Vec<_> = contenders.into_iter().collect();
    let first = round % turns.len().max(1);
    turns.rotate_left(first);
    turns
}

/// What the run came to, one line each at the end.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, f64)>);

impl Figures {
    pub(crate) fn note(&mut self, name: impl Into<String>, value: Option<f64>) {
        self.0.extend(value.map(|value| (name.into().to_lowercase().replace(", ", "_").replace(' ', "_"), value)));
    }

    pub(crate) fn print(&self) {
        println!();
        for (name, value) in &self.0 {
            println!("figure {name} {value:.3}");
        }
    }
}
