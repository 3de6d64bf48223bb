//! How late the machine is: a thread that has nothing to do but to wake up in time notes by how much it does not.

use std::sync::{LazyLock, Mutex, MutexGuard, Once};
use std::thread;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(10);

struct Pulse {
    last: Instant,
    late: Duration,
}

static PULSE: LazyLock<Mutex<Pulse>> =
    LazyLock::new(|| Mutex::new(Pulse { last: Instant::now(), late: Duration::ZERO }));

impl Pulse {
    fn of_process() -> MutexGuard<'static, Self> {
        PULSE.lock().expect("nobody panics")
    }

    /// By how much the next tick is late, if it is.
    fn overdue(&self) -> Duration {
        self.last.elapsed().saturating_sub(TICK)
    }

    fn tick(&mut self) {
        let overdue = self.overdue();
        self.late += overdue;
        self.last = Instant::now();
    }
}

/// How late the machine was, in all, since this was first asked. Of what takes longer than it should, so much may be the
/// machine's doing.
pub fn lateness() -> Duration {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        thread::spawn(|| {
            loop {
                thread::sleep(TICK);
                Pulse::of_process().tick();
            }
        });
    });
    let pulse = Pulse::of_process();
    pulse.late + pulse.overdue()
}
