//! Files and answers without end: refused in the time and the memory of small ones.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use super::surroundings::{peak, timetable};
use crate::room_jobs::with_rooms;
use crate::site::Site;

/// More than any of these needs, and far less than what it is given, in KiB.
const ENOUGH: u64 = 96 * 1024;
const GIB: u64 = 1 << 30;

/// A file of that length with nothing in it but its beginning; it takes no room on the disk.
fn sparse(site: &Site, name: &str, beginning: &str, length: u64) {
    site.write(name, beginning);
    fs::OpenOptions::new().write(true).open(site.path(name)).unwrap().set_len(length).unwrap();
}

#[track_caller]
fn expect_refused(site: &Site, args: &[&str], words: &str) {
    let (code, most) = peak(site.start("run", args));
    let log = site.logs();
    assert_eq!(code, 1, "{log}");
    assert!(log.contains(words), "no {words:?} in {log}");
    assert!(most > 0 && most < ENOUGH, "it took {most} KiB");
}

#[test]
fn a_line_of_two_gibibytes_is_refused_in_the_memory_of_a_short_one() {
    let site = with_rooms(1, "[schedule_meetings.timetable]\nmax_file_size = '4 GiB'\n");
    sparse(&site, "a.csv", "room_name,start_time\n", 2 * GIB);
    expect_refused(&site, &["import", "a.csv"], "a.csv");
}

#[test]
fn a_file_over_the_limit_is_refused_by_its_length_alone() {
    let site = with_rooms(1, "");
    sparse(&site, "a.csv", "room_name,start_time\n", 2 * GIB);
    expect_refused(&site, &["import", "a.csv"], "max_file_size");
}

#[test]
fn ten_million_columns_are_refused_in_the_memory_of_a_few() {
    let site = with_rooms(1, "");
    site.write("a.csv", ",".repeat(10_000_000));
    expect_refused(&site, &["import", "a.csv"], "more than 1000 cells");
}

#[test]
fn an_archive_by_the_name_of_a_table_is_refused() {
    let site = with_rooms(1, "");
    fs::write(site.path("a.csv"), [b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), &[0xa7; 5000]].concat()).unwrap();
    expect_refused(&site, &["import", "a.csv"], "the workbook is damaged");
}

#[test]
fn a_line_of_two_gibibytes_in_the_place_of_an_export_is_let_be() {
    for (format, beginning) in [("csv", "meeting_id,"), ("csv", "\""), ("jsonl", "{\"meeting_id\":\"")] {
        let site = with_rooms(1, &format!("[export_meetings.job]\npath = 'out.csv'\nformat = '{format}'\n"));
        site.sandbox.add_meetings(2, 0);
        sparse(&site, "out.csv", beginning, 2 * GIB);
        let (code, most) = peak(site.start("run", &["run", "job"]));
        let log = site.logs();
        assert_eq!(code, 0, "{log}");
        assert!(most > 0 && most < ENOUGH, "it took {most} KiB for {format}");
        assert!(site.path("out-2.csv").is_file());
        assert_eq!(fs::metadata(site.path("out.csv")).unwrap().len(), 2 * GIB);
    }
}

#[test]
fn a_list_of_rooms_that_is_one_endless_line_is_refused() {
    let site = with_rooms(1, "[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { knock = true }\n");
    sparse(&site, "rooms.csv", "user_id\n", 2 * GIB);
    expect_refused(&site, &["run", "policy"], "rooms.csv");
}

/// Starts a server that answers every request with these headers and then goes on for as long as the client reads.
fn endless(headers: &'static str, piece: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let piece = piece.clone();
            std::thread::spawn(move || {
                // A request is one small packet here; what it asks for does not matter.
                let _ = stream.read(&mut [0; 4096]);
                let begun = stream.write_all(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes());
                while begun.is_ok() && stream.write_all(&piece).is_ok() {}
            });
        }
    });
    port
}

#[test]
fn an_answer_without_end_is_given_up_in_the_memory_of_a_short_one() {
    let chunk = [b"10000\r\n".as_slice(), &vec![b'0'; 0x10000], b"\r\n"].concat();
    for (headers, piece) in [
        ("Content-Length: 1073741824\r\n", vec![b'0'; 1 << 16]),
        ("Transfer-Encoding: chunked\r\n", chunk.clone()),
        ("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunk),
        ("Connection: close\r\n", vec![b'0'; 1 << 16]),
    ] {
        let site = with_rooms(1, "[schedule_meetings.timetable]\ntimeout = '3s'\n");
        let text = fs::read_to_string(site.path("config.toml")).unwrap();
        let real = site.sandbox.base_url();
        let port = endless(headers, piece);
        let text =
            text.replace(&real, &format!("http://127.0.0.1:{port}/v1")).replace("'300ms'", "'2s'\nmax_attempts = 1");
        fs::write(site.path("config.toml"), text).unwrap();
        site.write("a.csv", timetable("A title"));
        let (code, most) = peak(site.start("run", &["import", "a.csv"]));
        let log = site.logs();
        assert_eq!(code, 1, "{headers}: {log}");
        assert!(most > 0 && most < ENOUGH, "it took {most} KiB for {headers}");
    }
}
