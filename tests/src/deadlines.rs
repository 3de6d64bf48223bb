//! Calls that have to give up in time.

use std::fmt::Debug;
use std::future::Future;
use std::iter::Sum;
use std::time::{Duration, Instant};

use upsert::{Error, ErrorKind};

use crate::figure;
use crate::pulse::lateness;

/// A deadline that passes soon.
pub const SHORT: Duration = Duration::from_millis(150);
/// How much later than its deadline a call may return, and later still by as much as the machine is late itself.
const SLACK: Duration = Duration::from_secs(1);
/// A call that takes so much longer is not late, but waits for something.
const NEVER: Duration = Duration::from_secs(60);

/// How often a short deadline is doubled.
const DOUBLED: u32 = 7;

/// Deadlines for a call that has to come to a certain place before its own passes: on a busy machine it may come there only
/// with a longer one.
pub fn longer_and_longer() -> impl Iterator<Item = Duration> {
    (0..=DOUBLED).map(|doubled| SHORT * 2_u32.pow(doubled))
}

/// A call with one of those deadlines has not come to its place: there must be a longer one to try.
pub fn assert_is_tried_again(deadline: Duration, case: &str, came_to: impl Debug) {
    assert!(deadline < SHORT * 2_u32.pow(DOUBLED), "{case}: it never comes further than {came_to:?}");
}

/// What is waited for, in the words of the error.
pub const POOL: &str = "for a connection of the pool";
pub const DATABASE: &str = "for an answer of the database";
pub const STREAM: &str = "for the next row of the stream";

/// How many calls ran into a deadline, and how late the latest of them returned.
#[derive(Debug, Default)]
pub struct Deadlines {
    tested: u32,
    worst: Duration,
}

impl Sum for Deadlines {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, part| Self {
            tested: sum.tested + part.tested,
            worst: sum.worst.max(part.worst),
        })
    }
}

impl Deadlines {
    /// Waits for a call that has to give up waiting for something when a deadline of [`SHORT`] has passed.
    pub async fn passes<R>(
        &mut self,
        case: &str,
        waits_for: &str,
        call: impl Future<Output = Result<R, Error>>,
    ) -> Error {
        self.passes_after(SHORT, case, waits_for, call).await
    }

    /// The same with another deadline.
    pub async fn passes_after<R>(
        &mut self,
        deadline: Duration,
        case: &str,
        waits_for: &str,
        call: impl Future<Output = Result<R, Error>>,
    ) -> Error {
        let started = Instant::now();
        let error = self.returns_after(deadline, case, call).await;
        assert!(started.elapsed() >= deadline, "{case}: gave up after {:?}", started.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
        assert!(error.to_string().contains(waits_for), "{case}: {error}");
        assert!(error.is_retryable(), "{case}");
        error
    }

    /// Waits for a call that fails, no later than it would if it ran into its deadline.
    pub async fn returns_after<R>(
        &mut self,
        deadline: Duration,
        case: &str,
        call: impl Future<Output = Result<R, Error>>,
    ) -> Error {
        match self.in_time(deadline, case, call).await {
            Ok(_) => panic!("{case}: it succeeds"),
            Err(error) => error,
        }
    }

    /// Waits for a call that returns, whatever it comes to, no later than it would if it ran into its deadline.
    pub async fn in_time<R>(&mut self, deadline: Duration, case: &str, call: impl Future<Output = R>) -> R {
        let (started, late_before) = (Instant::now(), lateness());
        let result = tokio::time::timeout(deadline + NEVER, call).await;
        let overrun = started.elapsed().saturating_sub(deadline);
        let Ok(result) = result else { panic!("{case}: it does not return") };
        let late = lateness() - late_before;
        assert!(overrun <= SLACK + late, "{case}: returned {overrun:?} after the deadline, the machine {late:?}");
        self.tested += 1;
        self.worst = self.worst.max(overrun);
        result
    }

    /// Notes the figures.
    pub fn report(&self, what: &str, database: &str) {
        figure(format!("deadlines_tested_{what}_{database}"), self.tested);
        figure(format!("deadline_worst_overrun_ms_{what}_{database}"), self.worst.as_millis());
    }
}
