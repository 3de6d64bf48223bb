//! One suite for every database.

use std::future::Future;

use tokio::runtime::Builder;

use crate::Database;

/// Runs tests once for each database. A test is an `async fn name<D: Database>(database: D)`; the database is empty, and
/// its own. A test that is written and not listed is reported by the compiler as dead code.
///
/// A database joins the whole suite with one line here.
#[macro_export]
macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        $crate::suite!(@postgres: $crate::Postgres, $($test)*);
        $crate::suite!(@sqlite: $crate::Sqlite, $($test)*);
        $crate::suite!(@mariadb: $crate::MariaDb, $($test)*);
    };
    (@ $name:ident: $database:ty, $($test:ident)*) => {
        mod $name {
            $(
                #[test]
                fn $test() {
                    $crate::run(super::$test::<$database>);
                }
            )*
        }
    };
}

/// Runs a test on a database of its own.
pub fn run<D: Database, F: Future<Output = ()>>(test: impl FnOnce(D) -> F) {
    run_in(Builder::new_multi_thread().worker_threads(2), test);
}

/// The same where all futures take turns on one thread.
pub fn run_on_one_thread<D: Database, F: Future<Output = ()>>(test: impl FnOnce(D) -> F) {
    run_in(&mut Builder::new_current_thread(), test);
}

fn run_in<D: Database, F: Future<Output = ()>>(runtime: &mut Builder, test: impl FnOnce(D) -> F) {
    let runtime = runtime.enable_all().build();
    runtime.expect("a runtime starts").block_on(async { test(D::fresh().await).await });
}
