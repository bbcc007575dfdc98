//! Calls the API: waits for its turn, sends, judges; asks reads again, and sends writes once.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::addresses::{Addresses, Spelling};
use super::budget::Budget;
use super::disposition::{Heard, judge};
use super::limits::Limits;
use super::reply::{Attempt, Disposition, Failure, Reply};
use super::settings::{BuildError, ClientSettings, Rate};
use super::tally::{Tally, route_of};
use super::transport::{Content, Lost, Outgoing, RawResponse, Transport};
use super::wire::{Body, Lacking};
use super::words;
use crate::clock::Clock;
use crate::failpoint;
use crate::model::{ApiTally, AppType};

/// Before a read is asked again for the first time; each wait after it is about twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait of our own choice.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Before a read that found no connection is tried once more. If that fails too, the run waits as a whole.
const QUICK_WAIT: Duration = Duration::from_millis(200);

/// The meeting API of `EnableX`. Clones are cheap and share the limits.
#[derive(Clone)]
pub struct Client {
    pub(super) core: Arc<Core>,
    limits: Arc<Limits>,
    app_type: AppType,
    stop: CancellationToken,
    /// A read that finds a closed server is asked once.
    hasty: bool,
    /// The requests that this clone and its own clones sent.
    sent: Arc<AtomicU64>,
}

/// The parts that all clones share.
pub(super) struct Core {
    pub(super) addresses: Addresses,
    /// Which spelling of the permanent room's route this server knows, once one has answered.
    pub(super) spelling: OnceLock<Spelling>,
    transport: Transport,
    tally: Arc<Tally>,
    max_attempts: u32,
    clock: Arc<dyn Clock>,
    /// The longest page of a list that came full.
    pub(super) full_page: AtomicU32,
}

impl Client {
    /// Sets a client up; connects nowhere. The clock is for `Retry-After` dates of servers that do not tell their own time.
    pub fn new(settings: &ClientSettings, clock: Arc<dyn Clock>) -> Result<Self, BuildError> {
        let limits = Arc::new(Limits::new(settings.max_in_flight, settings.rate_limit));
        Self::with_limits(settings, limits, Arc::default(), clock)
    }

    /// Returns a client with other settings; it shares this one's limits on requests, unless they are to be others.
    pub fn renewed(&self, settings: &ClientSettings) -> Result<Self, BuildError> {
        let base = settings.base()?;
        let limits = self.limits.renewed(settings.max_in_flight, settings.rate_limit, name(&base));
        Self::with_limits(settings, limits, Arc::clone(&self.core.tally), Arc::clone(&self.core.clock))
    }

    fn with_limits(
        settings: &ClientSettings,
        limits: Arc<Limits>,
        tally: Arc<Tally>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BuildError> {
        let base = settings.base()?;
        let http = settings.http(&base)?;
        let authorization = authorization(settings, &http, &base)?;
        let host = host(&base)?;
        let core = Core {
            addresses: Addresses::new(base),
            spelling: OnceLock::new(),
            transport: Transport::new(http, authorization, host, settings.timeout),
            tally,
            max_attempts: settings.max_attempts.max(1),
            clock,
            full_page: AtomicU32::new(0),
        };
        Ok(Self {
            core: Arc::new(core),
            limits,
            app_type: settings.app_type,
            stop: CancellationToken::new(),
            hasty: false,
            sent: Arc::default(),
        })
    }

    /// Returns the address of the API, which names the server.
    #[must_use]
    pub fn server(&self) -> &str {
        self.core.addresses.base().as_str()
    }

    /// Returns a client whose rate is shared with other processes: it sends only in the time that the budget gives to this one. Without
    /// a limit on the rate there is nothing to share.
    #[must_use]
    pub fn sharing(&self, budget: Arc<dyn Budget>) -> Self {
        Self { limits: Arc::new(self.limits.shared(budget, name(self.core.addresses.base()))), ..self.clone() }
    }

    /// Returns the same client for that product.
    #[must_use]
    pub fn for_app(&self, app_type: AppType) -> Self {
        Self { app_type, ..self.clone() }
    }

    /// Returns a clone that sends nothing more once `stop` is cancelled: calls that wait for their turn end as
    /// [`Disposition::Withdrawn`], reads under way are let go, writes under way finish.
    #[must_use]
    pub fn stop_with(&self, stop: CancellationToken) -> Self {
        Self { stop, ..self.clone() }
    }

    /// Returns a clone that asks once where the server says that it cannot be used now: its caller waits for it, and wants to
    /// know.
    #[must_use]
    pub fn hasty(&self) -> Self {
        Self { hasty: true, ..self.clone() }
    }

    /// Returns a clone that counts the requests that it, and clones of it, send from now on.
    #[must_use]
    pub fn counting(&self) -> Self {
        Self { sent: Arc::default(), ..self.clone() }
    }

    /// Returns how many requests were sent by this clone, the one that it was cloned from, and its clones, since one of them began
    /// to count.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Returns the counts of requests that were sent by this process.
    #[must_use]
    pub fn tally(&self) -> ApiTally {
        self.core.tally.now()
    }

    /// Returns the limit on requests; `None` where there is none.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.limits.rate()
    }

    /// Asks until there is an answer that counts, `max_attempts` times at most.
    pub(super) async fn read<T>(
        &self,
        url: Url,
        most: usize,
        read: impl Fn(&Body<'_>) -> Result<T, Lacking>,
    ) -> Result<Reply<T>, Failure> {
        let waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.core.max_attempts as usize - 1);
        let mut was_unreachable = false;
        let asked = (|| self.once(Outgoing::new(Method::GET, url.clone()).most(most), &read))
            .retry(waits)
            .when(|failure: &Failure| match failure.disposition {
                Disposition::Ambiguous | Disposition::PutOff { .. } => true,
                Disposition::Unavailable => !self.hasty,
                Disposition::Unreachable => !std::mem::replace(&mut was_unreachable, true),
                Disposition::Withdrawn | Disposition::Final | Disposition::RouteMissing | Disposition::Fatal => false,
            })
            .adjust(|failure: &Failure, wait| match failure.disposition {
                Disposition::Unreachable => wait.map(|_| QUICK_WAIT),
                Disposition::PutOff { after: Some(after) } => wait.map(|wait| wait.max(after)),
                _ => wait,
            })
            .notify(|failure: &Failure, wait| {
                tracing::debug!(path = url.path(), ?wait, reason = failure.words, "asking again");
            });
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Failure::withdrawn()),
            reply = asked => reply,
        }
    }

    /// Sends once, whatever comes of it: whether to send again is the engine's to say.
    pub(super) async fn write<T>(
        &self,
        out: Outgoing,
        read: impl Fn(&Body<'_>) -> Result<T, Lacking>,
    ) -> Result<Reply<T>, Failure> {
        failpoint::reach("request.before");
        let reply = self.once(out, &read).await;
        failpoint::reach("request.after");
        reply
    }

    async fn once<T>(
        &self,
        out: Outgoing,
        read: impl Fn(&Body<'_>) -> Result<T, Lacking>,
    ) -> Result<Reply<T>, Failure> {
        let tally = &self.core.tally;
        let _waiting = tally.wait();
        let turn = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            turn = self.limits.enter() => turn,
        };
        // From here to the sending nothing waits, so that a stop is either seen before it or too late.
        let Some(_turn) = turn.filter(|_| self.limits.may_send()) else { return Err(Failure::withdrawn()) };
        if *out.method() == Method::POST {
            failpoint::reach("creation.leaving");
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let route = route_of(self.core.addresses.base(), out.method(), out.url());
        let begun = Instant::now();
        let sent = self.core.transport.send(out, self.app_type, &*self.core.clock, self.limits.budget()).await;
        let took = begun.elapsed();
        tally.count(route, sent.as_ref().ok().map(|answer| answer.status), took);
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match sent {
            Ok(answer) => settle(&answer, millis, read),
            Err(lost) => Err(unanswered(lost, millis)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.core.addresses.base().as_str())
            .field("app_type", &self.app_type)
            .finish_non_exhaustive()
    }
}

/// Names a server alike on every machine, with or without a slash at the end of its address.
fn name(base: &Url) -> &str {
    base.as_str().trim_end_matches('/')
}

/// Returns a body as JSON.
pub(super) fn json(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, body)
        .map_err(|error| Failure::unsendable(format!("not sent, because it cannot be written as JSON: {error}")))?;
    Ok(bytes)
}

fn settle<T>(
    answer: &RawResponse,
    millis: u64,
    read: impl Fn(&Body<'_>) -> Result<T, Lacking>,
) -> Result<Reply<T>, Failure> {
    let heard = match &answer.content {
        Content::Whole(bytes) => match Body::parse(bytes) {
            Some(body) => Heard::Body(body),
            None if Body::breaks_off(bytes) => Heard::Broken("the answer breaks off in its middle"),
            None => Heard::Garbage,
        },
        Content::Broken(why) => Heard::Broken(why),
    };
    let attempt = Attempt { http: Some(answer.status.as_u16()), code: heard.code(), millis };
    if let Some((disposition, words)) = judge(answer, &heard) {
        return Err(Failure { disposition, attempt, words });
    }
    let value = match &heard {
        Heard::Body(body) => read(body),
        Heard::Garbage | Heard::Broken(_) => Err(Lacking("cannot be read")),
    };
    value.map(|value| Reply { value, attempt }).map_err(|Lacking(what)| Failure {
        disposition: Disposition::Ambiguous,
        attempt,
        words: words::lacking(what),
    })
}

fn unanswered(lost: Lost, millis: u64) -> Failure {
    let attempt = Attempt { millis, ..Attempt::default() };
    match lost {
        Lost::Withheld => Failure::withdrawn(),
        Lost::Unsent(words) => Failure { disposition: Disposition::Unreachable, attempt, words },
        Lost::Unanswered(words) => Failure { disposition: Disposition::Ambiguous, attempt, words },
    }
}

/// Returns the header that names the server, which is the same for every request.
fn host(base: &Url) -> Result<HeaderValue, BuildError> {
    let host = base.host_str().unwrap_or_default();
    let text = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let reason = "its host cannot be written into a header";
    HeaderValue::from_str(&text).map_err(|_| BuildError::BaseUrl { url: base.to_string(), reason })
}

/// Returns the header of HTTP Basic, marked sensitive by the library that writes it.
fn authorization(settings: &ClientSettings, http: &reqwest::Client, base: &Url) -> Result<HeaderValue, BuildError> {
    if settings.app_id.contains(':') {
        return Err(BuildError::AppId("it holds a colon, which HTTP Basic does not allow"));
    }
    let request = http
        .get(base.clone())
        .basic_auth(&settings.app_id, Some(settings.app_key.expose_secret()))
        .build()
        .map_err(BuildError::Http)?;
    request.headers().get(AUTHORIZATION).cloned().ok_or(BuildError::AppId("it cannot be written into a header"))
}
