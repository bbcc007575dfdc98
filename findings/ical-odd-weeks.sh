#!/usr/bin/env bash
# ical.js 2.2.1 (npm, the newest release in November 2026), on lessons that are held every other week by the number of the week.
#
# What one would expect: FREQ=YEARLY;BYWEEKNO=1,3,...,53;BYDAY=MO, which RFC 5545 (3.3.10) has for "Monday in odd weeks", is every second
# Monday, with two in a row where a year has 53 weeks, as 2026 has. If weeks by number are not supported, the rule is refused.
#
# Seen: it is every Monday but those of week 1, and the lesson of the even weeks is every Monday but those of week 2: all weeks count except the
# one that stands first in the list. With BYWEEKNO=3 alone the lesson is in every week but the third. Nothing is said.
# rrule-temporal 2.2.8 (npm) and python-dateutil 2.9.0 (PyPI) have the Mondays of the guess.
#
# What it means here: a school that teaches in odd and even weeks ("A" and "B") gets every lesson twice as often, and the teacher two at once.
# All rows are well formed, and neither the title nor the ref need be the same. Count the rows of a class before a year goes into the inbox;
# `import --dry-run` tells how many meetings it would create, and max_items stops a run that would create too many.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ical.js@2.2.1 rrule-temporal@2.2.8 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install python-dateutil==2.9.0.post0
odd=$(seq -s, 1 2 53) even=$(seq -s, 2 2 52)
cat > cases <<CASES
odd|20260907T080000|FREQ=YEARLY;BYWEEKNO=$odd;BYDAY=MO;UNTIL=20270709T000000
even|20260914T080000|FREQ=YEARLY;BYWEEKNO=$even;BYDAY=MO;UNTIL=20270709T000000
third|20270118T080000|FREQ=YEARLY;BYWEEKNO=3;BYDAY=MO;UNTIL=20270709T000000
CASES
cat > expand.mjs <<'JS'
import ICAL from "ical.js";
import { RRuleTemporal } from "rrule-temporal";
import { readFileSync } from "node:fs";
for (const line of readFileSync("cases", "utf8").trim().split("\n")) {
    const [name, start, rule] = line.split("|");
    const event = ICAL.parse(`BEGIN:VEVENT\r\nUID:a\r\nDTSTART:${start}\r\nRRULE:${rule}\r\nEND:VEVENT\r\n`);
    const days = new ICAL.Event(new ICAL.Component(event)).iterator();
    for (let day = days.next(); day; day = days.next()) console.log(`ical.js ${name} ${day.toString().slice(0, 10)}`);
    for (const day of new RRuleTemporal({ rruleString: `DTSTART:${start}\nRRULE:${rule}` }).all())
        console.log(`rrule-temporal ${name} ${day.toString().slice(0, 10)}`);
}
JS
cat > expand.py <<'PYTHON'
from dateutil.rrule import rrulestr
for line in open("cases"):
    name, start, rule = line.strip().split("|")
    for day in rrulestr(f"DTSTART:{start}\nRRULE:{rule}"):
        print("dateutil", name, day.date())
PYTHON
{ node expand.mjs; venv/bin/python expand.py; } > days
cat > count.py <<'PYTHON'
import collections, datetime
weeks = collections.defaultdict(list)
for line in open("days"):
    library, name, day = line.split()
    weeks[library, name].append(datetime.date.fromisoformat(day).isocalendar().week)
for (library, name), them in sorted(weeks.items()):
    new_year = [week for week in them if week < 9]
    print(f"{library}, {name}: {len(them)} lessons, in the new year in the weeks {' '.join(map(str, new_year))}")
PYTHON
python3 count.py | tee seen
diff seen - <<'SEEN'
dateutil, even: 21 lessons, in the new year in the weeks 2 4 6 8
dateutil, odd: 23 lessons, in the new year in the weeks 1 3 5 7
dateutil, third: 1 lessons, in the new year in the weeks 3
ical.js, even: 42 lessons, in the new year in the weeks 1 3 4 5 6 7 8
ical.js, odd: 43 lessons, in the new year in the weeks 2 3 4 5 6 7 8
ical.js, third: 24 lessons, in the new year in the weeks 4 5 6 7 8
rrule-temporal, even: 21 lessons, in the new year in the weeks 2 4 6 8
rrule-temporal, odd: 23 lessons, in the new year in the weeks 1 3 5 7
rrule-temporal, third: 1 lessons, in the new year in the weeks 3
SEEN
