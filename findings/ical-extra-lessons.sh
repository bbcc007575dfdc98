#!/usr/bin/env bash
# Calendar files with lessons on dates of their own (RDATE), read by ical.js 2.2.1, ical-expander 3.2.0 and node-ical 0.27.2 (npm, each the
# newest release in November 2026) and by recurring-ical-events 3.8.2 (PyPI).
#
# Guess before it was run: a date that RDATE names and the rule has already is there once, since the set of dates has no date twice (RFC 5545,
# 3.8.5.2); so is the first day, which a program that lists all its dates names again. Where there is no rule, all dates of RDATE are there
# in all; after a first try without a guess, in all but node-ical.
#
# Seen: ical.js, and ical-expander with it, gives a lesson twice that both RDATE and the rule name; the first day is there once. node-ical
# leaves RDATE out: the extra lesson is missing, and of a seminar with five dates of its own there is the first alone. Nothing is said.
# recurring-ical-events has the dates of the guess.
#
# What it means here: two rows with one title and one start are two meetings, if each has a `ref` of its own. Make the `ref` of a row from the UID
# and the start, which both rows then share, and count the rows of a class that has extra lessons.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ical.js@2.2.1 ical-expander@3.2.0 node-ical@0.27.2 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install recurring-ical-events==3.8.2 icalendar==7.3.2 tzdata==2026.6
calendar() {
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//here.example//lessons//EN BEGIN:VEVENT UID:algebra@here.example \
        DTSTAMP:20261129T000000Z SUMMARY:Algebra DURATION:PT1H "${@:2}" END:VEVENT END:VCALENDAR > "$1.ics"
}
calendar rule-and-extra DTSTART:20270202T080000Z 'RRULE:FREQ=WEEKLY;COUNT=4' RDATE:20270209T080000Z,20270211T080000Z
calendar dates-alone DTSTART:20270202T080000Z RDATE:20270202T080000Z,20270205T080000Z,20270217T080000Z,20270301T080000Z,20270304T080000Z
cat > read.cjs <<'JS'
const { readFileSync } = require("node:fs");
const IcalExpander = require("ical-expander");
const nodeIcal = require("node-ical");
const show = (library, name, days) => console.log(`${name}, ${library}:`, ...days.map((day) => day.toISOString().slice(5, 10)).sort());
import("ical.js").then(({ default: ICAL }) => {
    for (const name of ["rule-and-extra", "dates-alone"]) {
        const text = readFileSync(`${name}.ics`, "utf8");
        const days = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent")).iterator();
        const all = [];
        for (let day = days.next(); day; day = days.next()) all.push(day.toJSDate());
        show("ical.js", name, all);
        const [from, to] = [new Date("2027-01-01"), new Date("2028-01-01")];
        const { events, occurrences } = new IcalExpander({ ics: text }).between(from, to);
        show("ical-expander", name, [...events, ...occurrences].map((one) => one.startDate.toJSDate()));
        const event = Object.values(nodeIcal.sync.parseICS(text)).find((one) => one.type === "VEVENT");
        show("node-ical", name, nodeIcal.expandRecurringEvent(event, { from, to }).map((one) => one.start));
    }
});
JS
cat > read.py <<'PYTHON'
import icalendar, recurring_ical_events
for name in ["rule-and-extra", "dates-alone"]:
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(open(name + ".ics").read())).between((2027, 1, 1), (2028, 1, 1))
    print(f"{name}, recurring-ical-events:", *sorted(f"{event.start:%m-%d}" for event in events))
PYTHON
{ TZ=UTC node read.cjs; venv/bin/python read.py; } | sort | tee seen
diff seen - <<'SEEN'
dates-alone, ical-expander: 02-02 02-05 02-17 03-01 03-04
dates-alone, ical.js: 02-02 02-05 02-17 03-01 03-04
dates-alone, node-ical: 02-02
dates-alone, recurring-ical-events: 02-02 02-05 02-17 03-01 03-04
rule-and-extra, ical-expander: 02-02 02-09 02-09 02-11 02-16 02-23
rule-and-extra, ical.js: 02-02 02-09 02-09 02-11 02-16 02-23
rule-and-extra, node-ical: 02-02 02-09 02-16 02-23
rule-and-extra, recurring-ical-events: 02-02 02-09 02-11 02-16 02-23
SEEN
