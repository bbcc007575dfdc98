//! Memory does not grow with a file.

use roomkeeper::sandbox::{Arrivals, Options, Slips};

use crate::site::{Site, column, timetable};

/// The most memory that an import of so many rows takes, in KiB.
fn peak(rows: usize) -> u64 {
    let options = Options { arrivals: Arrivals::Writes, slips: Slips::None, ..Options::default() };
    let site = Site::builder().sandbox(options).build("[mail]\non = \"never\"\n");
    std::fs::write(site.path("a.csv"), timetable(0..rows)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    let mut most = 0;
    // Once it has ended there is nothing to read any more, and the peak was seen shortly before.
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", import.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(line) = line {
            most = most.max(line.trim().trim_end_matches(" kB").trim().parse().unwrap());
        }
        if let Some(status) = import.ended() {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    assert!(status.success(), "{}", import.log());
    assert_eq!(column(&site.only("", ".results.csv"), "status").len(), rows);
    most
}

#[test]
fn ten_times_the_rows_take_no_more_memory() {
    // Were rows kept, each with its cells and its payload would take a kilobyte or more.
    let (few, many) = (peak(1000), peak(10_000));
    assert!(many < few + 8 * 1024, "{few} KiB for a thousand rows, {many} KiB for ten thousand");
}
