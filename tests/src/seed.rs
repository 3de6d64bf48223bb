//! Random tests that can be repeated and made longer.
//!
//! `UPSERT_SEED` repeats a run; a failing test prints the seed it ran with. `UPSERT_CASES_FACTOR=100` draws a hundred
//! times as many cases.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use proptest::prelude::Rng;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestRng, TestRunner};

static SEED: LazyLock<u64> = LazyLock::new(|| match std::env::var("UPSERT_SEED") {
    Ok(seed) => seed.parse().expect("UPSERT_SEED is a number"),
    Err(_) => RandomState::new().hash_one("a new seed in every run"),
});

/// Random numbers of the run's seed.
pub fn dice() -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&SEED.to_le_bytes());
    println!("repeat it with UPSERT_SEED={}", *SEED);
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// A number below another one.
pub fn below(dice: &mut TestRng, limit: usize) -> usize {
    usize::try_from(dice.next_u64() % limit as u64).expect("it is below the limit")
}

/// How many cases to draw, where a quick run draws so many.
pub fn cases(quick: u32) -> u32 {
    match std::env::var("UPSERT_CASES_FACTOR") {
        Ok(factor) => quick * factor.parse::<u32>().expect("UPSERT_CASES_FACTOR is a number"),
        Err(_) => quick,
    }
}

/// Checks a property with so many cases. One that fails is made smaller, and shown with the seed that finds it again.
pub fn check<T: Debug>(cases: u32, drawn: impl Strategy<Value = T>, property: impl Fn(T) -> Result<(), TestCaseError>) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(*SEED),
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    if let Err(failure) = TestRunner::new(config).run(&drawn, property) {
        panic!("{failure}\nrepeat it with UPSERT_SEED={} UPSERT_CASES_FACTOR as now", *SEED);
    }
}
