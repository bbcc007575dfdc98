//! Tells what this process uses, as the kernel counts it.

/// The means that this process uses; 0 where the kernel does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Process {
    pub(super) cpu_seconds: f64,
    pub(super) resident_bytes: u64,
    pub(super) open_files: u64,
}

impl Process {
    /// Looks.
    pub(super) fn look() -> Self {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Self {
            cpu_seconds: cpu_seconds(&read("stat")).unwrap_or(0.0),
            resident_bytes: resident_pages(&read("statm")).unwrap_or(0) * rustix::param::page_size() as u64,
            open_files: open as u64,
        }
    }
}

/// Reads the 14th and 15th field; the second is a name in brackets that may hold blanks.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let ticks = times.next()?.parse::<u32>().ok()?.checked_add(times.next()?.parse().ok()?)?;
    let a_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    Some(f64::from(ticks) / f64::from(a_second))
}

fn resident_pages(statm: &str) -> Option<u64> {
    statm.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_lines_are_read() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 4 0 100 1 2";
        let a_second = f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap());
        assert_eq!(cpu_seconds(stat), Some(200.0 / a_second));
        assert_eq!((cpu_seconds(""), resident_pages("100 42 3"), resident_pages("")), (None, Some(42), None));
        let now = Process::look();
        assert!(now.resident_bytes > 1 << 20 && now.open_files > 2, "{now:?}");
    }
}
