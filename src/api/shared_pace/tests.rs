//! Holds processes that share a rate to what one process may send, in virtual time.

use std::num::NonZeroU32;
use std::sync::Mutex as Lock;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use proptest::prelude::*;
use tokio::time::{advance, sleep};

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn rate(count: u32, per: Duration) -> Rate {
    Rate { count: NonZeroU32::new(count).unwrap(), per }
}

/// Holds all that the processes share: the end of the time that is taken, and the moments at which slices were asked for.
#[derive(Debug, Default)]
struct Ledger(Lock<(Option<Instant>, Vec<Instant>)>);

impl Ledger {
    fn asked(&self) -> usize {
        self.0.lock().unwrap().1.len()
    }
}

/// A budget that is so far away, by a clock that is so far off.
#[derive(Debug, Clone)]
struct Away {
    ledger: Arc<Ledger>,
    there: Duration,
    back: Duration,
    late: Duration,
    unsure: Duration,
}

impl Away {
    fn by(ledger: &Arc<Ledger>, back: Duration) -> Self {
        let none = Duration::ZERO;
        Self { ledger: Arc::clone(ledger), there: none, back, late: none, unsure: none }
    }

    fn pace(&self, rate: Rate) -> Arc<SharedPace> {
        Arc::new(SharedPace::new(rate, Arc::new(self.clone()), "a server".to_owned()).unwrap())
    }
}

impl Budget for Away {
    fn reserve(&self, _: &str, from: Duration, length: Duration) -> BoxFuture<'static, Slice> {
        let away = self.clone();
        async move {
            sleep(away.there).await;
            let begins = {
                let mut ledger = away.ledger.0.lock().unwrap();
                let now = Instant::now();
                let begins = ledger.0.unwrap_or(now).max(now + from);
                ledger.0 = Some(begins + length);
                ledger.1.push(now);
                begins
            };
            sleep(away.back).await;
            Slice { begins: begins + away.late, unsure: away.unsure }
        }
        .boxed()
    }

    fn may_send(&self) -> bool {
        true
    }
}

/// The times at which requests left.
type Sent = Arc<Lock<Vec<Instant>>>;

/// So many requests that wait at once.
fn send(pace: &Arc<SharedPace>, count: usize, sent: &Sent) -> JoinSet<()> {
    (0..count)
        .map(|_| {
            let (pace, sent) = (Arc::clone(pace), Arc::clone(sent));
            async move {
                pace.wait().await;
                sent.lock().unwrap().push(Instant::now());
            }
        })
        .collect()
}

/// One process at a rate lets through at most so many in any time: those of the time and of the slack.
fn expect_as_of_one(sent: &Sent, rate: Rate) {
    let mut sent = sent.lock().unwrap().clone();
    sent.sort();
    let interval = rate.per / rate.count.get();
    for (n, first) in sent.iter().enumerate() {
        for (more, last) in (0..).zip(&sent[n..]) {
            let within = *last - *first;
            assert!(interval * more <= within + BURST, "{} in {within:?} at {rate:?}", more + 1);
        }
    }
}

fn paused<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(test)
}

/// A process: its distance, its clock, and what it has to send at which times; and when it dies.
#[derive(Debug, Clone)]
struct Process {
    there: u64,
    back: u64,
    unsure: u64,
    late: u64,
    bursts: Vec<(u64, usize)>,
    dies: Option<u64>,
}

fn processes() -> impl Strategy<Value = Vec<Process>> {
    let bursts = prop::collection::vec((0..4_000_u64, 1..40_usize), 1..6);
    let dies = prop::option::weighted(0.3, 0..5_000_u64);
    let process = (0..80_u64, 0..300_u64, 0..60_u64, 0..=100_u64, bursts, dies)
        .prop_map(|(there, back, unsure, late, bursts, dies)| Process { there, back, unsure, late, bursts, dies });
    prop::collection::vec(process, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever they have to send, however far they are from the budget, however late their timers, whoever dies.
    #[test]
    fn all_processes_together_send_no_more_than_one_may_and_each_gets_on(
        count in 10..150_u32,
        processes in processes(),
        stalls in prop::collection::vec((0..500_u64, 0..90_u64), 0..20),
    ) {
        paused(async {
            let (ledger, sent, rate) = (Arc::default(), Sent::default(), rate(count, Duration::from_secs(1)));
            let mut all = JoinSet::new();
            for process in processes {
                let unsure = ms(process.unsure);
                let pace = Away {
                    ledger: Arc::clone(&ledger),
                    there: ms(process.there),
                    back: ms(process.back),
                    late: unsure * u32::try_from(process.late).unwrap() / 100,
                    unsure,
                }
                .pace(rate);
                let sent = Arc::clone(&sent);
                all.spawn(async move {
                    let lives = async {
                        for (after, requests) in process.bursts {
                            sleep(ms(after)).await;
                            send(&pace, requests, &sent).join_all().await;
                        }
                    };
                    match process.dies {
                        Some(time) => drop(tokio::time::timeout(ms(time), lives).await),
                        None => lives.await,
                    }
                });
            }
            let stalled = tokio::spawn(async move {
                for (after, long) in stalls {
                    sleep(ms(after)).await;
                    advance(ms(long)).await;
                }
            });
            tokio::time::timeout(Duration::from_mins(10), all.join_all()).await.unwrap();
            stalled.abort();
            expect_as_of_one(&sent, rate);
        });
    }

    /// At rates whose slice has one request or few, too.
    #[test]
    fn a_slow_rate_is_shared_as_well(count in 1..9_u32, per in 1_000..90_000_u64, back in 0..2_500_u64) {
        paused(async {
            let (ledger, sent, rate) = (Arc::default(), Sent::default(), rate(count, ms(per)));
            let mut all = JoinSet::new();
            for _ in 0..2 {
                let (pace, sent) = (Away::by(&ledger, ms(back)).pace(rate), Arc::clone(&sent));
                all.spawn(async move { send(&pace, 7, &sent).join_all().await });
            }
            let most = ms(per) * 14 * 4 / count + ms(back) * 40;
            tokio::time::timeout(most, all.join_all()).await.unwrap();
            expect_as_of_one(&sent, rate);
        });
    }

    /// As long as the budget answers before the last slice's quarter is over.
    #[test]
    fn one_busy_process_has_the_whole_rate(count in 5..300_u32, back in 0..150_u64) {
        paused(async {
            let (rate, sent) = (rate(count, Duration::from_secs(1)), Sent::default());
            let pace = Away::by(&Arc::default(), ms(back)).pace(rate);
            let requests = 20 * count as usize;
            send(&pace, requests, &sent).join_all().await;
            let sent = sent.lock().unwrap();
            // The first slice is there only so late after its beginning; the others are there in time.
            let took = *sent.last().unwrap() - sent[0];
            assert!(took <= Duration::from_secs(20) + ms(2), "{took:?} for {requests}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn two_busy_processes_share_it_by_halves() {
    let (ledger, rate) = (Arc::default(), rate(20, Duration::from_secs(1)));
    let (mut all, mut shares) = (Vec::new(), Vec::new());
    for back in [3, 40] {
        let sent = Sent::default();
        all.push(send(&Away::by(&ledger, ms(back)).pace(rate), 400, &sent));
        shares.push(sent);
    }
    // Slices of both, as many of the one as of the other.
    sleep(Duration::from_secs(24)).await;
    for sent in shares {
        let sent = sent.lock().unwrap().len();
        assert!((239..=241).contains(&sent), "{sent} of 400");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_with_nothing_to_send_reserves_nothing() {
    let (ledger, sent) = (Arc::default(), Sent::default());
    let pace = Away::by(&ledger, ms(5)).pace(rate(20, Duration::from_secs(1)));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(ledger.asked(), 0);
    send(&pace, 50, &sent).join_all().await;
    assert_eq!(ledger.asked(), 4);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(ledger.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn when_a_process_dies_another_waits_for_no_more_than_it_has_reserved() {
    for dies in (0..3_000).step_by(37).map(ms) {
        let (ledger, rate) = (Arc::default(), rate(20, Duration::from_secs(1)));
        let first = send(&Away::by(&ledger, ms(3)).pace(rate), 500, &Sent::default());
        sleep(dies).await;
        drop(first);
        let (died, sent) = (Instant::now(), Sent::default());
        send(&Away::by(&ledger, ms(3)).pace(rate), 1, &sent).join_all().await;
        let waited = sent.lock().unwrap()[0] - died;
        assert!(waited <= Duration::from_secs(1) + ms(5), "{waited:?} after {dies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_budget_does_not_answer_nothing_is_sent() {
    let sent = Sent::default();
    let waiting = send(&Away::by(&Arc::default(), Duration::from_hours(1)).pace(rate(20, ms(1000))), 50, &sent);
    sleep(Duration::from_mins(59)).await;
    assert!(sent.lock().unwrap().is_empty());
    drop(waiting);
}
