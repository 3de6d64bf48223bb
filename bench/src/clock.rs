//! Wall time, and the CPU time (user and system) of this process with all its threads.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

#[derive(Clone, Copy)]
pub(crate) struct Time {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

pub(crate) struct Clock {
    started: Instant,
    cpu: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { cpu: cpu(), started: Instant::now() }
    }

    pub(crate) fn stop(self) -> Time {
        Time { wall: self.started.elapsed(), cpu: cpu() - self.cpu }
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("CPU time is not negative")
}
