#!/usr/bin/env bash
# Eight cron libraries, as released by November 2026: croner 11.0.1, cron-parser 5.10.6, cron 4.4.0 and node-cron 4.6.0 (npm), croniter 7.0.0,
# cronsim 2.8, cron-converter 2.0.2 and APScheduler 3.11.3 (PyPI), on the days of four clock changes in 2027.
#
# What one would expect: they do what cron(8) does: a job with fixed times that a clock change skips runs once, right after it; one whose time
# comes twice runs once. One or two have the older rule and leave a skipped job out.
#
# Seen, by what each says of its coming runs: cronsim alone is as guessed throughout, and no two others are alike. `30 2 * * *` in the hour that
# Berlin skips is run at 03:00 by four, at 03:30 by three, and left out by node-cron; in the hour that comes twice, croniter and
# APScheduler run it twice, and node-cron the second time. croner does as guessed, but of `30 2,14 * * *` it runs the half at 14:30 alone
# (its option fixedTimeRule is for that). A daily job at midnight in Beirut has no run at all on that day with node-cron and APScheduler,
# though the latter runs one at half past two in Berlin. On Lord Howe Island, where the clocks go by half an hour, cron runs a job of 02:15
# twice: at 01:45, half an hour too early, and at 02:45; cron-parser, which moves such a job everywhere else, leaves it out.
#
# What it means here: a schedule that comes along from such a program has been run otherwise than cron(8) runs it on two nights a year, and
# an import that was left out there, or PINs that were made twice, were no accident. roomkeeper does as guessed in all of these, and `next`
# tells beforehand which runs a clock change moves or repeats.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . croner@11.0.1 cron-parser@5.10.6 cron@4.4.0 node-cron@4.6.0 luxon@3.7.2 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install croniter==7.0.0 cronsim==2.8 cron-converter==2.0.2 APScheduler==3.11.3 tzdata==2026.6
cat > cases <<'CASES'
Europe/Berlin|2027-03-28|30 2 * * *
Europe/Berlin|2027-03-28|30 2,14 * * *
Europe/Berlin|2027-10-31|30 2 * * *
Asia/Beirut|2027-03-28|0 0 * * *
Australia/Lord_Howe|2027-10-03|15 2 * * *
CASES

cat > runs.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Cron } from "croner";
import { CronExpressionParser } from "cron-parser";
import { CronTime } from "cron";
import { createTask } from "node-cron";
import { DateTime } from "luxon";
const plain = Date;
const libraries = {
    croner: (expression, zone, from) => new Cron(expression, { timezone: zone }).nextRuns(9, from),
    "cron-parser": (expression, zone, from) => CronExpressionParser.parse(expression, { currentDate: from, tz: zone }).take(9).map((run) => run.toDate()),
    cron: (expression, zone, from) => {
        const runs = [DateTime.fromJSDate(from, { zone })];
        while (runs.length < 9) runs.push(new CronTime(expression, zone).getNextDateFrom(runs.at(-1), zone));
        return runs.slice(1).map((run) => run.toJSDate());
    },
    "node-cron": (expression, zone, from) => {
        // It tells the next runs from now on only: "now" is the day before.
        globalThis.Date = class extends plain {
            constructor(...given) { super(...(given.length ? given : [from.getTime()])); }
            static now() { return from.getTime(); }
        };
        const task = createTask(expression, () => {}, { timezone: zone });
        task.start();
        const runs = task.getNextRuns(9);
        task.destroy();
        globalThis.Date = plain;
        return runs;
    },
};
for (const [name, next] of Object.entries(libraries)) {
    for (const line of readFileSync("cases", "utf8").trim().split("\n")) {
        const [zone, day, expression] = line.split("|");
        const from = DateTime.fromISO(day, { zone }).minus({ hours: 12 }).toJSDate();
        const runs = next(expression, zone, from).map((run) => DateTime.fromMillis(run.getTime(), { zone }));
        const times = runs.filter((run) => run.toISODate() === day).map((run) => run.toFormat("HH:mmZZZ"));
        console.log(`${name}|${expression}|${zone}|${times.join(" ") || "-"}`);
    }
}
process.exit(0);
JS
cat > runs.py <<'PYTHON'
import datetime, itertools, zoneinfo
from apscheduler.triggers.cron import CronTrigger
from cron_converter import Cron
from croniter import croniter
from cronsim import CronSim

def converter(expression, zone, since):
    schedule = Cron(expression).schedule(since)
    while True:
        yield schedule.next()

def apscheduler(expression, zone, since):
    trigger, run = CronTrigger.from_crontab(expression, zone), None
    while True:
        run = trigger.get_next_fire_time(run, run or since)
        yield run

libraries = {
    "croniter": lambda expression, zone, since: croniter(expression, since, ret_type=datetime.datetime),
    "cronsim": lambda expression, zone, since: CronSim(expression, since),
    "cron-converter": converter,
    "APScheduler": apscheduler,
}
for name, runs in libraries.items():
    for line in open("cases"):
        zone, day, expression = line.strip().split("|")
        place = zoneinfo.ZoneInfo(zone)
        since = (datetime.datetime.fromisoformat(day) - datetime.timedelta(hours=12)).replace(tzinfo=place)
        # By way of UTC, so that a time that no clock shows becomes the one that they show then.
        instants = [run.astimezone(datetime.timezone.utc).astimezone(place) for run in itertools.islice(runs(expression, place, since), 9)]
        times = [instant.strftime("%H:%M%z") for instant in instants if instant.date().isoformat() == day]
        print(name, expression, zone, " ".join(times) or "-", sep="|")
PYTHON
{ node runs.mjs; venv/bin/python runs.py; } > rows
column -t -s '|' rows
diff rows - <<'ROWS'
croner|30 2 * * *|Europe/Berlin|03:00+0200
croner|30 2,14 * * *|Europe/Berlin|14:30+0200
croner|30 2 * * *|Europe/Berlin|02:30+0200
croner|0 0 * * *|Asia/Beirut|01:00+0300
croner|15 2 * * *|Australia/Lord_Howe|02:30+1100
cron-parser|30 2 * * *|Europe/Berlin|03:30+0200
cron-parser|30 2,14 * * *|Europe/Berlin|03:30+0200 14:30+0200
cron-parser|30 2 * * *|Europe/Berlin|02:30+0200
cron-parser|0 0 * * *|Asia/Beirut|01:00+0300
cron-parser|15 2 * * *|Australia/Lord_Howe|-
cron|30 2 * * *|Europe/Berlin|03:00+0200
cron|30 2,14 * * *|Europe/Berlin|03:00+0200 14:30+0200
cron|30 2 * * *|Europe/Berlin|02:30+0200
cron|0 0 * * *|Asia/Beirut|01:00+0300
cron|15 2 * * *|Australia/Lord_Howe|01:45+1030 02:45+1100
node-cron|30 2 * * *|Europe/Berlin|-
node-cron|30 2,14 * * *|Europe/Berlin|14:30+0200
node-cron|30 2 * * *|Europe/Berlin|02:30+0100
node-cron|0 0 * * *|Asia/Beirut|-
node-cron|15 2 * * *|Australia/Lord_Howe|-
croniter|30 2 * * *|Europe/Berlin|03:00+0200
croniter|30 2,14 * * *|Europe/Berlin|03:00+0200 14:30+0200
croniter|30 2 * * *|Europe/Berlin|02:30+0200 02:30+0100
croniter|0 0 * * *|Asia/Beirut|01:00+0300
croniter|15 2 * * *|Australia/Lord_Howe|02:30+1100
cronsim|30 2 * * *|Europe/Berlin|03:00+0200
cronsim|30 2,14 * * *|Europe/Berlin|03:00+0200 14:30+0200
cronsim|30 2 * * *|Europe/Berlin|02:30+0200
cronsim|0 0 * * *|Asia/Beirut|01:00+0300
cronsim|15 2 * * *|Australia/Lord_Howe|02:30+1100
cron-converter|30 2 * * *|Europe/Berlin|03:30+0200
cron-converter|30 2,14 * * *|Europe/Berlin|03:30+0200 14:30+0200
cron-converter|30 2 * * *|Europe/Berlin|02:30+0200
cron-converter|0 0 * * *|Asia/Beirut|01:00+0300
cron-converter|15 2 * * *|Australia/Lord_Howe|02:45+1100
APScheduler|30 2 * * *|Europe/Berlin|03:30+0200
APScheduler|30 2,14 * * *|Europe/Berlin|03:30+0200 14:30+0200
APScheduler|30 2 * * *|Europe/Berlin|02:30+0200 02:30+0100
APScheduler|0 0 * * *|Asia/Beirut|-
APScheduler|15 2 * * *|Australia/Lord_Howe|02:45+1100
ROWS
