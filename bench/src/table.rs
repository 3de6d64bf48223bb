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
                self.ratio(line, Line::median).map_or(String::new(), |ratio| format!("{ratio:.3}")),
                self.ratio(line, Line::min).map_or(String::new(), |ratio| format!("{ratio:.3}")),
                line.cpu(),
                line.times.iter().map(|time| millis(time.cpu)).fold(f64::INFINITY, f64::min),
            );
        }
    }

    /// To the best of the rivals.
    fn ratio(&self, line: &Line, of: impl Fn(&Line) -> f64) -> Option<f64> {
        let rivals = self.lines.iter().filter(|line| line.role == Role::Rival).map(&of);
        rivals.min_by(f64::total_cmp).map(|rival| of(line) / rival)
    }

    /// The ratio of one of ours to the best of the rivals.
    pub(crate) fn ratio_of(&self, contender: &str) -> Option<f64> {
        let line = self.lines.iter().find(|line| line.contender == contender)?;
        self.ratio(line, Line::median)
    }

    pub(crate) fn cpu_of(&self, contender: &str) -> Option<f64> {
        self.lines.iter().find(|line| line.contender == contender).map(Line::cpu)
    }

    /// How many times longer one contender takes than another.
    pub(crate) fn distance(&self, contender: &str, other: &str) -> Option<f64> {
        let median = |name: &str| self.lines.iter().find(|line| line.contender == name).map(Line::median);
        Some(median(contender)? / median(other)?)
    }
}

impl Line {
    fn median(&self) -> f64 {
        median(self.times.iter().map(|time| time.wall))
    }

    fn min(&self) -> f64 {
        self.times.iter().map(|time| millis(time.wall)).fold(f64::INFINITY, f64::min)
    }

    fn cpu(&self) -> f64 {
        median(self.times.iter().map(|time| time.cpu))
    }
}

fn median(times: impl Iterator<Item = Duration>) -> f64 {
    let mut sorted: Vec<_> = times.map(millis).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
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
