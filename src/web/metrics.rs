//! Tells the figures to be warned by, for Prometheus. Each series is there from the start, its labels come from the configuration or
//! from fixed lists, and what happened is counted by the journal, so that a restart takes nothing away.

use std::fmt;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{ACCEPT, HeaderMap};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::answer::{Answer, answer};
use super::figures::{JobFigures, Now};
use super::site::Site;
use crate::control::Refusal;
use crate::journal::RUN_SECONDS;
use crate::model::{API_SECONDS, ApiClass, ApiRoute, ApiTally, Outcome, SkipReason, Status};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers a scrape, in the format that is asked for.
pub(super) async fn page(site: &Site, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let is_open = accepted.contains("application/openmetrics-text");
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Arc::new(Now::gather(site).await?)));
    let mut told = String::new();
    let written =
        if is_open { text::encode(&mut told, &registry) } else { prometheus_text::encode(&mut told, &registry) };
    Ok(match written {
        Ok(()) => answer(StatusCode::OK, if is_open { OPEN_METRICS } else { PROMETHEUS }, told),
        Err(error) => {
            tracing::error!(%error, "the figures cannot be written");
            answer(StatusCode::INTERNAL_SERVER_ERROR, super::answer::TEXT, "the figures cannot be written\n")
        }
    })
}

/// Labels, by name.
type Labels<'a> = Vec<(&'a str, &'a str)>;

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let to = &mut encoder;
        let info = vec![("version", env!("CARGO_PKG_VERSION"))];
        to.encode_descriptor("roomkeeper_build", "The version of roomkeeper", None, MetricType::Info)?
            .encode_info(&info)?;
        self.encode_jobs(to)?;
        self.encode_api(to)?;
        gauges(
            to,
            "roomkeeper_outbox_messages",
            "Mails that wait, and mails that were given up",
            [
                (vec![("state", "waiting")], whole(self.outbox.waiting)),
                (vec![("state", "dead")], whole(self.outbox.dead)),
            ],
        )?;
        let oldest = self.oldest.map_or(0.0, seconds);
        gauge(
            to,
            "roomkeeper_outbox_oldest_timestamp_seconds",
            "When the mail that waits longest was written, 0 while none waits",
            oldest,
        )?;
        gauge(to, "roomkeeper_journal_writable", "1 while the journal can be written", flag(self.is_writable))?;
        gauge(
            to,
            "roomkeeper_clock_trusted",
            "1 while the clock of this machine is trusted",
            flag(self.is_clock_trusted),
        )?;
        let process = &self.process;
        counter(to, "process_cpu_seconds", "Seconds of processor time that were used", process.cpu_seconds)?;
        gauge(to, "process_resident_memory_bytes", "Bytes of memory that are used", whole(process.resident_bytes))?;
        gauge(to, "process_open_fds", "Files that are open", whole(process.open_files))?;
        gauge(to, "process_start_time_seconds", "When the process started", seconds(self.started))
    }
}

impl Now {
    fn encode_jobs(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let each = |value: &dyn Fn(&JobFigures) -> f64| -> Vec<(Labels<'_>, f64)> {
            self.jobs.iter().map(|job| (vec![("job", job.name.as_str())], value(job))).collect()
        };
        let (success, last) =
            ("roomkeeper_job_last_success_timestamp_seconds", "roomkeeper_job_last_run_timestamp_seconds");
        gauges(
            to,
            success,
            "When the last run that succeeded ended, 0 before the first",
            each(&|job| job.kept.last_success.map_or(0.0, seconds)),
        )?;
        gauges(
            to,
            last,
            "When the last run ended, 0 before the first",
            each(&|job| job.kept.last_run.map_or(0.0, seconds)),
        )?;
        let took = each(&|job| job.kept.last_millis.map_or(0.0, |millis| whole(millis) / 1000.0));
        gauges(to, "roomkeeper_job_last_run_duration_seconds", "Seconds that the last run took", took)?;
        let next = each(&|job| job.next.map_or(0.0, seconds));
        gauges(
            to,
            "roomkeeper_job_next_run_timestamp_seconds",
            "When the job is due next, 0 where it does not run by itself",
            next,
        )?;
        let interval = each(&|job| job.interval.as_secs_f64());
        gauges(
            to,
            "roomkeeper_job_interval_seconds",
            "The longest time between two due times of the job's schedules, 0 without one",
            interval,
        )?;
        gauges(to, "roomkeeper_job_paused", "1 while the job is paused", each(&|job| flag(job.is_paused)))?;
        gauges(to, "roomkeeper_job_enabled", "1 where the job is enabled", each(&|job| flag(job.is_enabled)))?;

        let mut runs = Vec::new();
        let mut items = Vec::new();
        let mut skips = Vec::new();
        for job in &self.jobs {
            let name = job.name.as_str();
            let count = |of: Option<&u64>| of.copied().unwrap_or(0);
            for outcome in Outcome::ALL {
                let n = count(job.kept.runs.iter().find(|(of, _)| *of == outcome).map(|(_, n)| n));
                runs.push((vec![("job", name), ("outcome", outcome.as_str())], n));
            }
            for status in Status::ALL {
                let n = count(job.kept.items.iter().find(|(of, _)| *of == status).map(|(_, n)| n));
                items.push((vec![("job", name), ("status", status.as_str())], n));
            }
            for reason in SkipReason::ALL {
                let n = count(job.kept.skips.iter().find(|(of, _)| *of == reason).map(|(_, n)| n));
                skips.push((vec![("job", name), ("reason", reason.as_str())], n));
            }
        }
        counters(to, "roomkeeper_runs", "Runs that have ended", runs)?;
        counters(to, "roomkeeper_items", "Items of runs that have ended", items)?;
        counters(to, "roomkeeper_skips", "Due times that did not become a run", skips)?;
        let mut taken = to.encode_descriptor(
            "roomkeeper_run_duration_seconds",
            "Seconds that runs took",
            None,
            MetricType::Histogram,
        )?;
        for job in &self.jobs {
            let labels: Labels<'_> = vec![("job", job.name.as_str())];
            let bounds = RUN_SECONDS.map(f64::from);
            let (buckets, count) = buckets(&bounds, &job.kept.took);
            let sum = whole(job.kept.took_millis) / 1000.0;
            taken.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }

    fn encode_api(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let ApiTally { routes, waiting } = &self.api;
        let mut requests = Vec::new();
        for (route, told) in ApiRoute::ALL.iter().zip(routes) {
            for (class, n) in ApiClass::ALL.iter().zip(told.classes) {
                requests.push((vec![("route", route.as_str()), ("class", class.as_str())], n));
            }
        }
        counters(
            to,
            "roomkeeper_api_requests",
            "Requests to the meeting API since the start, by the class of their answer",
            requests,
        )?;
        let help = "Seconds that requests to the meeting API took since the start";
        let mut taken =
            to.encode_descriptor("roomkeeper_api_request_duration_seconds", help, None, MetricType::Histogram)?;
        for (route, told) in ApiRoute::ALL.iter().zip(routes) {
            let labels: Labels<'_> = vec![("route", route.as_str())];
            let (buckets, count) = buckets(&API_SECONDS, &told.took);
            let sum = whole(told.took_millis) / 1000.0;
            taken.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        gauge(to, "roomkeeper_api_waiting", "Requests that wait for their turn or their answer", whole(*waiting))
    }
}

/// Returns the parts with their upper bounds, the last without one, and how many there are in all.
fn buckets(bounds: &[f64], parts: &[u64]) -> (Vec<(f64, u64)>, u64) {
    let bounds = bounds.iter().copied().chain([f64::MAX]);
    (bounds.zip(parts.iter().copied()).collect(), parts.iter().sum())
}

fn gauge(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

fn gauges<'a>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Labels<'a>, f64)>,
) -> fmt::Result {
    let mut encoder = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        encoder.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn counter(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Counter)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
}

fn counters<'a>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (Labels<'a>, u64)>,
) -> fmt::Result {
    let mut encoder = to.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
    }
    Ok(())
}

fn flag(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn seconds(at: crate::clock::Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any year that matters are exact")]
    let millis = at.millis() as f64;
    millis / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "what is counted is far below where this loses one")]
fn whole(n: u64) -> f64 {
    n as f64
}
