#!/usr/bin/env bash
# A calendar file that icalendar 7.3.0 wrote (PyPI, August 2026), read by ical.js 2.2.1 (npm, the newest release in November 2026).
#
# What one would expect: icalendar describes a zone by its rule ("the last Sunday of March", RRULE), as calendar programs do; ical.js goes
# by the description in the file, as RFC 5545 wants it; and both mean the same instants, every week of the year.
#
# Seen: icalendar lists the clock changes of 1970 to 2037 one by one, many in one RDATE, which RFC 5545 (3.8.5.2) allows. ical.js takes the
# first of each list, and never hears of the others: its last clock changes in Europe/Berlin are those of the seventies and eighties, so
# that every summer since is winter. 10:00 is 09:00 UTC in July instead of 08:00; of the 156 Wednesdays of three years 92 are an hour late,
# in New York 102. In Vancouver, which keeps one time since November 2026, the winters are wrong, too. Tokyo, which has no clock
# changes, is right. With a line for each date, and no other change, the same files are read rightly.
#
# What it means here: a timetable that one program writes as a calendar and another makes a CSV of has every lesson in summer an hour late,
# and every file looks right by itself. Compare one row of July with the calendar before a whole year goes into the inbox.
#
# Needs python3 with venv, node, npm, perl, PyPI and the npm registry. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install icalendar==7.3.0 tzdata==2026.6
npm install --silent --no-audit --no-fund --prefix . ical.js@2.2.1 >/dev/null

cat > write.py <<'PYTHON'
import datetime, sys, zoneinfo, icalendar
zoneinfo.reset_tzpath(())  # Goes by the package tzdata alone, whatever the machine has.
name = sys.argv[1]
calendar = icalendar.Calendar()
calendar.add("prodid", "-//timetable//")
calendar.add("version", "2.0")
day = datetime.date(2026, 1, 7)
while day.year < 2029:
    start = datetime.datetime(day.year, day.month, day.day, 10, tzinfo=zoneinfo.ZoneInfo(name))
    event = icalendar.Event()
    event.add("uid", day.isoformat())
    event.add("dtstamp", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
    event.add("summary", "Algebra")
    event.add("dtstart", start)
    event.add("x-instant", start.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    calendar.add_component(event)
    day += datetime.timedelta(days=7)
calendar.add_missing_timezones()
sys.stdout.buffer.write(calendar.to_ical())
PYTHON
cat > read.mjs <<'JS'
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
for (const name of process.argv.slice(2)) {
    const calendar = new ICAL.Component(ICAL.parse(readFileSync(name.replace("/", "-") + ".ics", "utf8")));
    const wrong = [];
    const events = calendar.getAllSubcomponents("vevent");
    for (const event of events) {
        const read = new ICAL.Event(event).startDate.toJSDate();
        const late = (read - new Date(event.getFirstPropertyValue("x-instant"))) / 3600000;
        if (late !== 0) wrong.push([event.getFirstPropertyValue("uid"), late]);
    }
    const [first] = wrong;
    console.log(`${name}: ${wrong.length} of ${events.length} wrong` + (first ? `, the first on ${first[0]} by ${first[1]} h` : ""));
}
JS
zones=(Europe/Berlin America/New_York America/Vancouver Asia/Tokyo)
for zone in "${zones[@]}"; do
    venv/bin/python write.py "$zone" > "${zone/\//-}.ics"
done
sed -n '/^BEGIN:DAYLIGHT/,/^END:DAYLIGHT/p' Europe-Berlin.ics | head -4
node read.mjs "${zones[@]}" | tee seen
echo "-- with a line for each date"
for file in *.ics; do
    # Joins folded lines again, and takes lists of dates apart.
    perl -0pi -e 's/\r\n //g; s/^RDATE:(.*?)\r\n/join "", map { "RDATE:$_\r\n" } split ",", $1/gme' "$file"
done
node read.mjs "${zones[@]}" | tee control
[ "$(grep -c ': 0 of 156 wrong$' control)" = 4 ]
diff seen - <<'SEEN'
Europe/Berlin: 92 of 156 wrong, the first on 2026-04-01 by 1 h
America/New_York: 102 of 156 wrong, the first on 2026-03-11 by 1 h
America/Vancouver: 147 of 156 wrong, the first on 2026-03-11 by 1 h
Asia/Tokyo: 0 of 156 wrong
SEEN
