//! Measures the same work without us, as the ceiling: wrk, a loop of requests without a journal, a reader of raw records.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};

use crate::office::{Far, own_time};

/// Requests at once.
pub const IN_FLIGHT: usize = 64;

const BODY: &str = "{\"user_id\":\"u00001\",\"room_name\":\"Lecture 0000001\",\"start_time\":\"2027-01-01 10:00:00\",\
                    \"timezone_id\":\"1000\",\"duration\":\"30\",\"moderators\":1,\"participants\":20}";

/// Requests a second that wrk reaches with the POSTs of an import; none where wrk is not installed.
pub fn wrk_posts(far: &Far, folder: &Path) -> Option<f64> {
    let script = format!(
        "wrk.method = \"POST\"\nwrk.body = [[{BODY}]]\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
         wrk.headers[\"Authorization\"] = \"Basic YmVuY2g6YmVuY2g=\"\nwrk.headers[\"X-App-Type\"] = \"vc\"\n"
    );
    wrk(&format!("{}/meetings", far.url()), IN_FLIGHT, &script, folder)
}

/// Pages a second that wrk reads, one after the other over one connection.
pub fn wrk_pages(far: &Far, pages: usize, folder: &Path) -> Option<f64> {
    let script = format!(
        "local page = 0\nfunction request()\n  page = page % {pages} + 1\n  \
         return wrk.format(\"GET\", \"/ucaas/v1/meetings?page=\" .. page .. \"&page_length=100\")\nend\n"
    );
    wrk(&far.url(), 1, &script, folder)
}

fn wrk(url: &str, connections: usize, script: &str, folder: &Path) -> Option<f64> {
    let path = folder.join("wrk.lua");
    std::fs::write(&path, script).unwrap();
    let output = Command::new("wrk")
        .args(["-t1", "-d3s", &format!("-c{connections}"), "-s"])
        .arg(path)
        .arg(url)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "{text}");
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?.trim().parse().ok()
}

/// Requests a second of a loop that sends the same POSTs, reads each reply, and remembers nothing; on one thread, as we are. With
/// the processor's time for all of them.
pub fn bare_loop(far: &Far, requests: usize) -> (f64, Duration) {
    let before = own_time();
    let rate = send_all(far, requests);
    (rate, own_time().saturating_sub(before))
}

fn send_all(far: &Far, requests: usize) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = format!("{}/meetings", far.url());
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().http1_only().build().unwrap();
        let began = Instant::now();
        let sent = stream::iter(0..requests).map(|_| {
            let request = client.post(&url).basic_auth("bench", Some("bench")).header("X-App-Type", "vc");
            let request = request.header("content-type", "application/json").body(BODY);
            async move {
                let bytes = request.send().await.unwrap().bytes().await.unwrap();
                serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["result"].as_u64()
            }
        });
        let all: Vec<_> = sent.buffer_unordered(IN_FLIGHT).collect().await;
        assert!(all.iter().all(|result| *result == Some(1)));
        per_second(requests, began.elapsed())
    })
}

/// Records a second that the csv crate reads raw.
pub fn raw_records(path: &Path) -> f64 {
    let began = Instant::now();
    let mut reader = csv::ReaderBuilder::new().from_path(path).unwrap();
    let (mut record, mut count) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).unwrap() {
        count += 1;
    }
    per_second(count, began.elapsed())
}

/// So many in that time, a second.
pub fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
