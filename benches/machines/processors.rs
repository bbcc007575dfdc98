//! Tells how busy this machine's processors are, over all that runs on it.

use std::fs;

/// The time that they have worked and waited, in ticks.
pub struct Processors {
    busy: u64,
    all: u64,
}

impl Processors {
    pub fn now() -> Self {
        let text = fs::read_to_string("/proc/stat").unwrap();
        let line = text.lines().next().unwrap();
        // User, nice, system, idle, waiting for disks, interrupts of both kinds, taken by others.
        let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).map(|n| n.parse().unwrap()).collect();
        let all = ticks.iter().sum();
        Self { busy: all - ticks[3] - ticks[4], all }
    }

    /// The part of their time since then in which they worked.
    pub fn busy_since(&self) -> f64 {
        let now = Self::now();
        (now.busy - self.busy) as f64 / (now.all - self.all) as f64
    }

    pub fn count() -> usize {
        std::thread::available_parallelism().unwrap().get()
    }
}
