//! The journal's tables in PostgreSQL, as a list of migrations of their own that only ever grows.

use futures_util::future::join;

use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::mark;
use super::row::Columns;
use crate::journal::{JournalError, Seal};

/// Each brings the journal from the version of its index to the next. Never edit one that was released.
const MIGRATIONS: &[&str] = &[V1, V2, V3, V4, V5];

/// Names the lock under which the journal is made and changed, and the lease is taken. It goes with its transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7885634512390871)";

/// The version that this program writes.
fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Within a transaction: keeps others from opening the journal until the transaction's end.
pub(super) async fn keep_others_out(link: &Link) -> Result<(), Failure> {
    link.rows(LOCK, bound![]).await.map(drop)
}

/// Within a transaction: brings the journal to the known version, and keeps others from that until the transaction's end; refuses
/// one that is newer, or that is copied.
pub(super) async fn migrate(link: &Link, place: &str) -> Result<(), Failure> {
    keep_others_out(link).await?;
    mark::refuse(link, place).await?;
    bring_up(link, place).await
}

/// The same of a journal that no other process can open meanwhile, whatever its mark.
pub(super) async fn bring_up(link: &Link, place: &str) -> Result<(), Failure> {
    let found = version(link).await?.unwrap_or(0);
    refuse_later(found, place)?;
    if found == known_version() {
        return Ok(());
    }
    for (_, sql) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        link.batch(sql).await?;
    }
    let known = known_version();
    link.change(
        "INSERT INTO roomkeeper_schema (only_row, version) VALUES (1, $1)
         ON CONFLICT (only_row) DO UPDATE SET version = excluded.version",
        bound![known],
    )
    .await?;
    Ok(())
}

/// A text that is sealed with the key of the journal's PINs.
const SEALED: &[u8] = b"roomkeeper, the key of the journal's PINs";

/// Within a transaction: refuses a key that is not the one that the journal's PINs are sealed with. The first is that.
pub(super) async fn expect_key(link: &Link, seal: &Seal) -> Result<(), Failure> {
    let kept: Option<Vec<u8>> = link.one("SELECT pin_check FROM roomkeeper_schema", bound![]).await?.at(0)?;
    match kept {
        Some(kept) if seal.open_bytes(&kept).as_deref() == Some(SEALED) => Ok(()),
        Some(_) => Err(JournalError::PinKey(
            "it is another than the one that this journal's PINs are sealed with. Give every machine the same `pin_key` under \
             [state]; where that is lost, `UPDATE roomkeeper_schema SET pin_check = NULL` in the database lets another take its \
             place, and PINs that wait to be written out are lost"
                .to_owned(),
        )
        .into()),
        None => {
            let sealed = seal.seal_bytes(SEALED)?;
            link.change("UPDATE roomkeeper_schema SET pin_check = $1", bound![sealed.as_slice()]).await?;
            Ok(())
        }
    }
}

/// Refuses a database in which there is no journal.
pub(super) async fn expect_any(link: &Link, place: &str) -> Result<(), Failure> {
    match version(link).await? {
        Some(_) => Ok(()),
        None => Err(JournalError::Absent(place.to_owned()).into()),
    }
}

/// Refuses to read what this program does not know, what is not there yet, or what is copied.
pub(super) async fn expect_known(link: &Link, place: &str) -> Result<(), Failure> {
    let (refused, found) = join(mark::refuse(link, place), version(link)).await;
    refused?;
    let found = found?.unwrap_or(0);
    refuse_later(found, place)?;
    if found < known_version() {
        return Err(JournalError::Absent(place.to_owned()).into());
    }
    Ok(())
}

/// The journal's version; `None` where there is none.
async fn version(link: &Link) -> Result<Option<i64>, Failure> {
    let there = link.one("SELECT to_regclass('roomkeeper_schema') IS NOT NULL", bound![]).await?;
    if !there.at::<bool>(0)? {
        return Ok(None);
    }
    let found = link.first("SELECT version FROM roomkeeper_schema", bound![]).await?;
    found.map(|row| row.at(0)).transpose()
}

fn refuse_later(found: i64, place: &str) -> Result<(), JournalError> {
    let known = known_version();
    if found > known { Err(JournalError::TooNew { place: place.to_owned(), found, known }) } else { Ok(()) }
}

/// As SQLite has it at its fourteenth version. Times are milliseconds since 1970 in UTC, but for those of the leases, which are the
/// database's own. What is compared or sorted is so byte by byte (`COLLATE \"C\"`), so that no other release of a system's locales puts
/// an index into disorder. `leases` has one row for each process that writes or wrote (see [`super::lease`]). A `home` is a state
/// directory: files, drop folders, clocks and troubles belong to one. A run is worked on by its `process`; `begun_at` is the home that
/// has its files, `turn` tells beside which other runs it may be worked on, and `files_due` that its home has its files to write.
const V1: &str = "
CREATE TABLE roomkeeper_schema (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    version  bigint NOT NULL,
    pin_check bytea,
    id       bytea CHECK (length(id) = 16),
    timeline text
);

CREATE SEQUENCE lease_epochs;
CREATE TABLE leases (
    owner     bytea PRIMARY KEY CHECK (length(owner) = 16),
    epoch     bigint NOT NULL UNIQUE,
    home      text COLLATE \"C\" NOT NULL,
    held_from bytea,
    node      text NOT NULL,
    purpose   text NOT NULL,
    until     timestamptz NOT NULL,
    grace     bigint NOT NULL,
    commits   bigint NOT NULL,
    ended     boolean NOT NULL DEFAULT false,
    ended_by  text
) WITH (fillfactor = 10);
CREATE INDEX leases_of_home ON leases (home);

CREATE TABLE clock (
    home     text COLLATE \"C\" PRIMARY KEY,
    reached  bigint NOT NULL,
    lived    bigint NOT NULL,
    shown    bigint NOT NULL,
    boot     bytea NOT NULL,
    up       bigint NOT NULL
);

CREATE TABLE jobs (
    job      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name     text COLLATE \"C\" NOT NULL UNIQUE,
    kind     text NOT NULL,
    schedule text,
    last_due bigint,
    paused   bigint
);

CREATE TABLE runs (
    run       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id        bytea NOT NULL UNIQUE CHECK (length(id) = 16),
    job       bigint NOT NULL REFERENCES jobs,
    owner     text NOT NULL,
    cause     text NOT NULL,
    due       bigint,
    started   bigint NOT NULL,
    ended     bigint,
    phase     text NOT NULL CHECK (phase IN ('planning', 'running', 'ended')),
    outcome   text,
    error     text,
    stopped   text,
    retry_of  bytea,
    input     text NOT NULL,
    counts    text,
    resumed   bigint NOT NULL DEFAULT 0,
    sealed    bigint NOT NULL DEFAULT 1 CHECK (sealed IN (0, 1, 2)),
    pruning   boolean NOT NULL DEFAULT false,
    made_good bigint,
    ahead     bigint NOT NULL DEFAULT 0,
    remarks   text,
    process   bytea CHECK (length(process) = 16),
    begun_at  text COLLATE \"C\",
    moved     boolean NOT NULL DEFAULT false,
    turn      bigint,
    files_due boolean NOT NULL DEFAULT false,
    CHECK ((phase = 'ended') = (ended IS NOT NULL)),
    CHECK ((phase = 'ended') = (outcome IS NOT NULL))
);
CREATE INDEX runs_of_job ON runs (job, run);
CREATE INDEX runs_open ON runs (run) WHERE ended IS NULL;
CREATE INDEX runs_of_nobody ON runs (run) WHERE begun_at IS NULL;
CREATE INDEX runs_files_due ON runs (run) WHERE files_due;
CREATE INDEX runs_sealed ON runs (run) WHERE sealed = 1;
CREATE INDEX runs_wiping ON runs (run) WHERE sealed = 2;
CREATE INDEX runs_pruning ON runs (run) WHERE pruning;
CREATE INDEX runs_problems ON runs (run) WHERE outcome <> 'succeeded';
CREATE INDEX runs_problems_of_job ON runs (job, run) WHERE outcome <> 'succeeded';
CREATE UNIQUE INDEX runs_due ON runs (job, due) WHERE due IS NOT NULL;

CREATE INDEX runs_told ON runs (job, started, run);
CREATE INDEX runs_told_by ON runs (job, outcome, started, run);
CREATE INDEX runs_left ON runs (run) WHERE outcome IN ('failed', 'partial') AND made_good IS NULL AND NOT pruning;
CREATE INDEX runs_left_of ON runs (job, started, run)
    WHERE outcome IN ('failed', 'partial') AND made_good IS NULL AND NOT pruning;

CREATE TABLE items (
    run        bigint NOT NULL REFERENCES runs,
    item       bigint NOT NULL CHECK (item BETWEEN 0 AND 4294967295),
    job        bigint NOT NULL,
    identity   text COLLATE \"C\",
    state      bigint NOT NULL,
    attempts   bigint NOT NULL DEFAULT 0,
    returns    bigint NOT NULL DEFAULT 0,
    steps      bigint NOT NULL DEFAULT 0,
    not_before bigint,
    sent       bigint,
    before     text,
    target     text,
    code       bigint,
    error      text,
    PRIMARY KEY (run, item)
);
CREATE INDEX items_open ON items (run, item) WHERE state < 10;
CREATE INDEX items_over ON items (run, state, item) WHERE state >= 10;
CREATE UNIQUE INDEX items_identity ON items (job, identity) WHERE state < 10 AND identity IS NOT NULL;

CREATE TABLE bodies (
    run     bigint NOT NULL,
    item    bigint NOT NULL,
    label   text NOT NULL,
    line    bigint,
    payload text NOT NULL,
    source  text,
    PRIMARY KEY (run, item)
);

CREATE TABLE results (
    run    bigint NOT NULL,
    item   bigint NOT NULL,
    result text NOT NULL,
    sealed bytea,
    PRIMARY KEY (run, item)
);

CREATE TABLE attempts (
    run     bigint NOT NULL,
    item    bigint NOT NULL,
    attempt bigint NOT NULL,
    at      bigint NOT NULL,
    http    bigint,
    code    bigint,
    ms      bigint,
    error   text,
    PRIMARY KEY (run, item, attempt)
);

CREATE TABLE pin_keys (
    run     bigint PRIMARY KEY,
    key     bytea,
    whole   boolean NOT NULL
);

CREATE TABLE identities (
    job      bigint NOT NULL REFERENCES jobs,
    identity text COLLATE \"C\" NOT NULL,
    resource text COLLATE \"C\" NOT NULL,
    content  bytea NOT NULL,
    facts    text NOT NULL,
    run      bigint NOT NULL,
    item     bigint NOT NULL,
    PRIMARY KEY (job, identity)
);
CREATE INDEX identities_resource ON identities (resource);

CREATE TABLE gone (
    resource text COLLATE \"C\" PRIMARY KEY,
    run      bigint NOT NULL,
    item     bigint NOT NULL
);

CREATE TABLE claims (
    run      bigint PRIMARY KEY REFERENCES runs,
    name     text NOT NULL,
    dropped  text NOT NULL,
    claimed  text NOT NULL,
    inode    bigint NOT NULL,
    hash     bytea,
    settled  text,
    put_away bigint,
    told     bigint,
    shared   boolean NOT NULL DEFAULT false
);
CREATE INDEX claims_open ON claims (run) WHERE settled IS NULL;

CREATE TABLE put_away (
    run   bytea PRIMARY KEY,
    since bigint NOT NULL
);

CREATE TABLE outbox (
    id         bytea PRIMARY KEY CHECK (length(id) = 16),
    run        bigint REFERENCES runs,
    sender     text NOT NULL,
    receiver   text NOT NULL,
    subject    text NOT NULL,
    message    bytea,
    state      text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
    created    bigint NOT NULL,
    next       bigint NOT NULL,
    attempts   bigint NOT NULL DEFAULT 0,
    ended      bigint,
    error      text,
    topic      text COLLATE \"C\",
    superseded boolean NOT NULL DEFAULT false,
    held       boolean NOT NULL DEFAULT false,
    tried      bigint,
    process    bytea
);
CREATE INDEX outbox_open ON outbox (next) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_topic ON outbox (topic) WHERE topic IS NOT NULL AND state IN ('queued', 'sending');
CREATE INDEX outbox_of_run ON outbox (run);
CREATE INDEX outbox_held ON outbox (created) WHERE held;
CREATE INDEX outbox_dead ON outbox (ended) WHERE state = 'dead';

CREATE TABLE skips (
    job    bigint NOT NULL REFERENCES jobs,
    due    bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (job, due)
);

CREATE TABLE figures (
    job    bigint NOT NULL REFERENCES jobs,
    figure text NOT NULL,
    label  text NOT NULL,
    n      bigint NOT NULL,
    PRIMARY KEY (job, figure, label)
);

CREATE TABLE troubles (
    trouble bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job     bigint REFERENCES jobs,
    home    text COLLATE \"C\" NOT NULL,
    kind    text NOT NULL,
    subject text COLLATE \"C\" NOT NULL,
    since   bigint NOT NULL,
    detail  text NOT NULL,
    told    boolean NOT NULL DEFAULT false,
    ended   bigint
);
CREATE UNIQUE INDEX troubles_standing ON troubles (coalesce(job, 0), home, kind, subject) WHERE ended IS NULL;
CREATE INDEX troubles_over ON troubles (ended) WHERE ended IS NOT NULL;

CREATE TABLE server_habits (
    server text NOT NULL,
    habit  text NOT NULL,
    value  text NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (server, habit)
);

CREATE TABLE rate_budgets (
    server      text COLLATE \"C\" PRIMARY KEY,
    taken_until timestamptz NOT NULL
) WITH (fillfactor = 10);
";

/// Cells of rows that follow one another are packed together (see [`crate::journal::cells`]) and stand under the last of their items,
/// which `bodies.cells_at` names. `bodies.source` has the cells of what is not packed, and of rows of earlier versions.
const V2: &str = "
CREATE TABLE cells (
    run    bigint NOT NULL,
    item   bigint NOT NULL,
    packed bytea NOT NULL,
    PRIMARY KEY (run, item)
);
ALTER TABLE bodies ADD COLUMN cells_at bigint;
";

/// The sending that has ended an item stands beside the item's result: `results.attempt` is its number, and NULL where it has a row in
/// `attempts`, as all others have.
const V3: &str = "
ALTER TABLE results ADD COLUMN attempt bigint;
ALTER TABLE results ADD COLUMN at bigint;
ALTER TABLE results ADD COLUMN http bigint;
ALTER TABLE results ADD COLUMN code bigint;
ALTER TABLE results ADD COLUMN ms bigint;
ALTER TABLE results ADD COLUMN error text;
";

/// Nothing changes but what stands in two columns, which programs of earlier versions would take for something else: they are to refuse
/// the journal.
const V4: &str = "
COMMENT ON COLUMN bodies.payload IS 'JSON; of rows of a timetable a list without names';
COMMENT ON COLUMN identities.facts IS 'JSON; of rows of a timetable a list without names';
";

/// `runs.alike` tells how the results of items that ended alike are made (see [`crate::journal::alike`]); NULL where none did, or each
/// has its row in `results`. One that ended so and has none keeps what was foretold, in `items.before`.
const V5: &str = "
ALTER TABLE runs ADD COLUMN alike text;
";
