//! Calls that have to give up in time.

use std::future::Future;
use std::iter::Sum;
use std::time::{Duration, Instant};

use upsert::{Error, ErrorKind};

use crate::figure;

/// A deadline that passes soon.
pub const SHORT: Duration = Duration::from_millis(150);
/// How much later than its deadline a call may return.
const SLACK: Duration = Duration::from_secs(1);

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
        let started = Instant::now();
        let error = self.returns(case, call).await;
        assert!(started.elapsed() >= SHORT, "{case}: gave up after {:?}", started.elapsed());
        assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
        assert!(error.to_string().contains(waits_for), "{case}: {error}");
        assert!(error.is_retryable(), "{case}");
        error
    }

    /// Waits for a call that fails, no later than it would if it ran into a deadline of [`SHORT`].
    pub async fn returns<R>(&mut self, case: &str, call: impl Future<Output = Result<R, Error>>) -> Error {
        match self.in_time(case, call).await {
            Ok(_) => panic!("{case}: it succeeds"),
            Err(error) => error,
        }
    }

    /// Waits for a call that runs into a deadline of [`SHORT`] and succeeds all the same.
    pub async fn succeeds<R>(&mut self, case: &str, call: impl Future<Output = Result<R, Error>>) -> R {
        self.in_time(case, call).await.unwrap_or_else(|error| panic!("{case}: {error}"))
    }

    async fn in_time<R>(&mut self, case: &str, call: impl Future<Output = R>) -> R {
        let started = Instant::now();
        let result = tokio::time::timeout(SHORT + 20 * SLACK, call).await;
        let overrun = started.elapsed().saturating_sub(SHORT);
        let Ok(result) = result else { panic!("{case}: it does not return") };
        assert!(overrun <= SLACK, "{case}: returned {overrun:?} after the deadline");
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
