//! The journal's tables, as a list of migrations that only ever grows.

/// Each brings the journal from the version of its index to the next. Never edit one that was released.
pub(super) const MIGRATIONS: &[&str] =
    &[V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12, V13, super::figures::V14, V15, V16, V17, V18, V19];

/// Times are milliseconds since 1970 in UTC. An item's `state` is one of `state::to_code`: below 10 while it is open.
/// `identity` is the plain text that names the same row again, not a hash of it: files are sorted by it more often than not,
/// and then an index over it grows at its end.
const V1: &str = "
CREATE TABLE jobs (
    job      INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    kind     TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    run      INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    job      INTEGER NOT NULL REFERENCES jobs,
    owner    TEXT NOT NULL,
    cause    TEXT NOT NULL,
    due      INTEGER,
    started  INTEGER NOT NULL,
    ended    INTEGER,
    phase    TEXT NOT NULL CHECK (phase IN ('planning', 'running', 'ended')),
    outcome  TEXT,
    error    TEXT,
    stopped  TEXT,
    retry_of BLOB,
    input    TEXT NOT NULL,
    counts   TEXT,
    resumed  INTEGER NOT NULL DEFAULT 0,
    sealed   INTEGER NOT NULL DEFAULT 1,
    CHECK ((phase = 'ended') = (ended IS NOT NULL)),
    CHECK ((phase = 'ended') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX runs_of_job ON runs (job, run);
CREATE INDEX runs_open ON runs (run) WHERE ended IS NULL;
CREATE INDEX runs_sealed ON runs (run) WHERE sealed = 1;
CREATE UNIQUE INDEX runs_due ON runs (job, due) WHERE due IS NOT NULL;

CREATE TABLE items (
    run        INTEGER NOT NULL REFERENCES runs,
    item       INTEGER NOT NULL,
    job        INTEGER NOT NULL,
    identity   TEXT,
    state      INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    returns    INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    sent       INTEGER,
    body       BLOB,
    before     TEXT,
    target     TEXT,
    code       INTEGER,
    error      TEXT,
    PRIMARY KEY (run, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_open ON items (run, item) WHERE state < 10;
CREATE UNIQUE INDEX items_identity ON items (job, identity) WHERE state < 10 AND identity IS NOT NULL;

CREATE TABLE bodies (
    run     INTEGER NOT NULL,
    item    INTEGER NOT NULL,
    label   TEXT NOT NULL,
    line    INTEGER,
    payload TEXT NOT NULL,
    source  TEXT,
    PRIMARY KEY (run, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE results (
    run    INTEGER NOT NULL,
    item   INTEGER NOT NULL,
    result TEXT NOT NULL,
    sealed BLOB,
    PRIMARY KEY (run, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    run     INTEGER NOT NULL,
    item    INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    http    INTEGER,
    code    INTEGER,
    ms      INTEGER,
    error   TEXT,
    PRIMARY KEY (run, item, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
    job      INTEGER NOT NULL REFERENCES jobs,
    identity TEXT NOT NULL,
    resource TEXT NOT NULL,
    content  BLOB NOT NULL,
    facts    TEXT NOT NULL,
    run      INTEGER NOT NULL,
    item     INTEGER NOT NULL,
    PRIMARY KEY (job, identity)
) STRICT, WITHOUT ROWID;

CREATE TABLE gone (
    resource TEXT PRIMARY KEY,
    run      INTEGER NOT NULL,
    item     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    run       INTEGER PRIMARY KEY REFERENCES runs,
    name      TEXT NOT NULL,
    dropped   TEXT NOT NULL,
    claimed   TEXT NOT NULL,
    inode     INTEGER NOT NULL,
    hash      BLOB,
    settled   TEXT
) STRICT;
CREATE INDEX claims_open ON claims (run) WHERE settled IS NULL;

CREATE TABLE outbox (
    id       BLOB PRIMARY KEY,
    run      INTEGER REFERENCES runs,
    sender   TEXT NOT NULL,
    receiver TEXT NOT NULL,
    subject  TEXT NOT NULL,
    message  BLOB,
    state    TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
    created  INTEGER NOT NULL,
    next     INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    ended    INTEGER,
    error    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_open ON outbox (next) WHERE state IN ('queued', 'sending');
";

/// `jobs.schedule` is the text that was in force when the job was last armed, `last_due` the time up to which its due times
/// are dealt with, `paused` since when it is. A due time has at most one row over `runs` and `skips` together.
const V2: &str = "
ALTER TABLE jobs ADD COLUMN schedule TEXT;
ALTER TABLE jobs ADD COLUMN last_due INTEGER;
ALTER TABLE jobs ADD COLUMN paused INTEGER;

CREATE TABLE skips (
    job    INTEGER NOT NULL REFERENCES jobs,
    due    INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (job, due)
) STRICT, WITHOUT ROWID;
";

/// A letter with a topic is about PINs: its message is sealed, and a newer letter about the topic takes its place. One that
/// was on its way at that moment is `superseded`: it is not tried again.
const V3: &str = "
ALTER TABLE outbox ADD COLUMN topic TEXT;
ALTER TABLE outbox ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_topic ON outbox (topic) WHERE topic IS NOT NULL AND state IN ('queued', 'sending');
";

/// `runs.pruning` is 1 while a run is being forgotten in steps: it is not told any more. Forgetting a run asks for its
/// mails, and SQLite asks again for what refers to it. `runs.sealed` is 1 while there may be sealed PINs, 2 once the files
/// that they waited for are written and the PINs are being wiped in steps, and 0 after that.
const V4: &str = "
ALTER TABLE runs ADD COLUMN pruning INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_pruning ON runs (run) WHERE pruning = 1;
CREATE INDEX outbox_of_run ON outbox (run);
CREATE INDEX runs_wiping ON runs (run) WHERE sealed = 2;
";

/// A trouble stands while `ended` is NULL. `job` is NULL where it is no single job's; `told` is 1 once a mail about it entered the
/// outbox.
const V5: &str = "
CREATE TABLE troubles (
    trouble INTEGER PRIMARY KEY,
    job     INTEGER REFERENCES jobs,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    since   INTEGER NOT NULL,
    detail  TEXT NOT NULL,
    told    INTEGER NOT NULL DEFAULT 0,
    ended   INTEGER
) STRICT;
CREATE UNIQUE INDEX troubles_standing ON troubles (coalesce(job, 0), kind, subject) WHERE ended IS NULL;
CREATE INDEX troubles_over ON troubles (ended) WHERE ended IS NOT NULL;
";

/// `runs.made_good` is the run that has made good what this one failed at. `outbox.held` is 1 while a mail about a file waits whether
/// there are more of its kind, and is to be one with them.
const V6: &str = "
ALTER TABLE runs ADD COLUMN made_good INTEGER;
ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_held ON outbox (created) WHERE held = 1;
";

/// `clock` has one row: what was seen of the clocks when something was committed, see `guard`. `lived` times are by living alone:
/// `runs.ahead` is how far the wall clock was ahead of them when the run ended, `outbox.tried` when a mail was first tried,
/// `claims.put_away` when a file was, and `put_away.since` the same for files whose run may be forgotten.
const V7: &str = "
CREATE TABLE clock (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    reached INTEGER NOT NULL,
    lived   INTEGER NOT NULL,
    shown   INTEGER NOT NULL,
    boot    BLOB NOT NULL,
    up      INTEGER NOT NULL
) STRICT;
CREATE TABLE put_away (
    run   BLOB PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE runs ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN tried INTEGER;
ALTER TABLE claims ADD COLUMN put_away INTEGER;
";

/// `items.steps` counts the attempts that were steps on the way to what is wanted. `server_habits` is what servers were seen to do in
/// a way of their own.
const V8: &str = "
ALTER TABLE items ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
CREATE TABLE server_habits (
    server TEXT NOT NULL,
    habit  TEXT NOT NULL,
    value  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (server, habit)
) STRICT, WITHOUT ROWID;
";

/// `claims.told` is the length of a file, after it was read, of which a mail or a run's end has told.
const V9: &str = "
ALTER TABLE claims ADD COLUMN told INTEGER;
";

/// `runs.remarks` is what the run's end told besides its items, a JSON list of sentences; NULL where there is none.
const V10: &str = "
ALTER TABLE runs ADD COLUMN remarks TEXT;
";

/// A run's owner: a digest of the machine's id, its boot, the process (one opening of the journal), and until when, by lived time, that
/// counts as alive without another sign. All four are NULL in a run that no later version has taken up. `moved` is 1 once it was
/// taken up from another machine.
const V11: &str = "
ALTER TABLE runs ADD COLUMN machine BLOB;
ALTER TABLE runs ADD COLUMN boot BLOB;
ALTER TABLE runs ADD COLUMN process BLOB;
ALTER TABLE runs ADD COLUMN until INTEGER;
ALTER TABLE runs ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
";

/// Indexes find what a person asks for first, without a look at what went well: runs that did not, and mails that were given up.
/// `items.body` is no longer written: no one read it.
const V12: &str = "
CREATE INDEX runs_problems ON runs (run) WHERE outcome <> 'succeeded';
CREATE INDEX runs_problems_of_job ON runs (job, run) WHERE outcome <> 'succeeded';
CREATE INDEX outbox_dead ON outbox (ended) WHERE state = 'dead';
";

/// The key that seals the PINs of a run's items, itself sealed with the state directory's; NULL once it was deleted. `whole` is 1 where
/// nothing was sealed before the run had it, so that nothing need be wiped but the key.
const V13: &str = "
CREATE TABLE pin_keys (
    run   INTEGER PRIMARY KEY,
    key   BLOB,
    whole INTEGER NOT NULL
) STRICT;
";

/// Cells of rows that follow one another are packed together (see [`crate::journal::cells`]) and stand under the last of their items,
/// which `bodies.cells_at` names. `bodies.source` has the cells of what is not packed, and of rows of earlier versions.
const V15: &str = "
CREATE TABLE cells (
    run    INTEGER NOT NULL,
    item   INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (run, item)
) STRICT;
ALTER TABLE bodies ADD COLUMN cells_at INTEGER;
";

/// `items.open` is 1 while an item is open, and NULL after that. The indexes of open items go by it and not by `state`: an item that
/// is sent, put off or settled stays in them as it is.
const V16: &str = "
ALTER TABLE items ADD COLUMN open INTEGER;
UPDATE items SET open = 1 WHERE state < 10;
DROP INDEX items_open;
DROP INDEX items_identity;
CREATE INDEX items_open ON items (run, item) WHERE open = 1;
CREATE UNIQUE INDEX items_identity ON items (job, identity) WHERE open = 1 AND identity IS NOT NULL;
";

/// The sending that has ended an item stands beside the item's result: `results.attempt` is its number, and NULL where it has a row in
/// `attempts`, as all others have.
const V17: &str = "
ALTER TABLE results ADD COLUMN attempt INTEGER;
ALTER TABLE results ADD COLUMN at INTEGER;
ALTER TABLE results ADD COLUMN http INTEGER;
ALTER TABLE results ADD COLUMN code INTEGER;
ALTER TABLE results ADD COLUMN ms INTEGER;
ALTER TABLE results ADD COLUMN error TEXT;
";

/// `bodies` and `results` are found by `place`: the run's number, then the item's in 32 bits. They have the widest rows, and a table
/// that is found by one number holds nothing but numbers above its rows, and appends. See [`super::place`].
const V18: &str = "
CREATE TABLE placed (
    place    INTEGER PRIMARY KEY,
    label    TEXT NOT NULL,
    line     INTEGER,
    payload  TEXT NOT NULL,
    source   TEXT,
    cells_at INTEGER,
    run      INTEGER NOT NULL AS (place >> 32),
    item     INTEGER NOT NULL AS (place & 4294967295)
) STRICT;
INSERT INTO placed SELECT run << 32 | item, label, line, payload, source, cells_at FROM bodies ORDER BY run, item;
DROP TABLE bodies;
ALTER TABLE placed RENAME TO bodies;

CREATE TABLE placed (
    place   INTEGER PRIMARY KEY,
    result  TEXT NOT NULL,
    sealed  BLOB,
    attempt INTEGER,
    at      INTEGER,
    http    INTEGER,
    code    INTEGER,
    ms      INTEGER,
    error   TEXT,
    run     INTEGER NOT NULL AS (place >> 32),
    item    INTEGER NOT NULL AS (place & 4294967295)
) STRICT;
INSERT INTO placed SELECT run << 32 | item, result, sealed, attempt, at, http, code, ms, error FROM results ORDER BY run, item;
DROP TABLE results;
ALTER TABLE placed RENAME TO results;
";

/// `runs.alike` tells how the results of items that ended alike are made (see [`crate::journal::alike`]); NULL where none did, or each
/// has its row in `results`. One that ended so and has none keeps what was foretold, in `items.before`.
const V19: &str = "
ALTER TABLE runs ADD COLUMN alike TEXT;
";
