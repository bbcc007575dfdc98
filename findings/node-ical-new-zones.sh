#!/usr/bin/env bash
# node-ical 0.27.2 (npm, the newest release in November 2026), on calendar files as Outlook writes them, for zones whose Windows names are
# of 2026: "British Columbia Standard Time", "Alberta Standard Time", "Manitoba Standard Time" (tzlocal 5.4.5 of October knows them).
#
# What one would expect: a name that node-ical's table lacks costs nothing, since the file says itself what it means: a VTIMEZONE for that
# TZID must be there (RFC 5545, 3.2.19), here with one offset and no clock changes. At the worst the file is refused.
#
# Seen: 09:00 is 09:00 on the clocks of the machine that reads the file: 08:00 UTC in Berlin, midnight UTC in Tokyo, where 16:00 UTC is
# meant. It is not refused, and the object still names the zone of the file. The VTIMEZONE is looked at for "Customized Time Zone" and a
# few other names alone: the same file under that name is read rightly, as is "Yukon Standard Time", which the table has.
#
# What it means here: on a server that keeps UTC, a CSV made from such a calendar has every lesson hours early, though its column of zones
# looks right. Have the exporting program write times in UTC, or hand in the wall clock and an IANA name (`timezone`, America/Vancouver).
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . node-ical@0.27.2 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install tzlocal==5.4.5 tzdata==2026.6

venv/bin/python - <<'PYTHON' | tee zones
import datetime, zoneinfo
from tzlocal.windows_tz import win_tz
zoneinfo.reset_tzpath(())  # Goes by the package tzdata alone, whatever the machine has.
for name in ("British Columbia Standard Time", "Alberta Standard Time", "Manitoba Standard Time", "Yukon Standard Time"):
    zone = zoneinfo.ZoneInfo(win_tz[name])
    print(name, zone.key, datetime.datetime(2027, 2, 1, 9, tzinfo=zone).strftime("%z"), sep="|")
PYTHON
cat > read.mjs <<'JS'
import ical from "node-ical";
const [name, offset] = process.argv.slice(2);
const lines = `BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:${name}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:${offset}
TZOFFSETTO:${offset}
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:algebra
DTSTAMP:20261129T120000Z
SUMMARY:Algebra
DTSTART;TZID="${name}":20270201T090000
DTEND;TZID="${name}":20270201T103000
END:VEVENT
END:VCALENDAR
`;
const event = Object.values(ical.sync.parseICS(lines.replaceAll("\n", "\r\n"))).find((part) => part.type === "VEVENT");
console.log(`${name} (${offset}), read in ${process.env.TZ}: ${event.start.toISOString().slice(11, 16)} UTC, ${event.start.tz}`);
JS
{
    while IFS='|' read -r name _ offset; do
        TZ=Europe/Berlin node read.mjs "$name" "$offset"
    done < zones
    TZ=Asia/Tokyo node read.mjs "British Columbia Standard Time" -0700
    TZ=Europe/Berlin node read.mjs "Customized Time Zone" -0700
} | tee seen
diff zones - <<'ZONES'
British Columbia Standard Time|America/Vancouver|-0700
Alberta Standard Time|America/Edmonton|-0600
Manitoba Standard Time|America/Winnipeg|-0500
Yukon Standard Time|America/Whitehorse|-0700
ZONES
diff seen - <<'SEEN'
British Columbia Standard Time (-0700), read in Europe/Berlin: 08:00 UTC, British Columbia Standard Time
Alberta Standard Time (-0600), read in Europe/Berlin: 08:00 UTC, Alberta Standard Time
Manitoba Standard Time (-0500), read in Europe/Berlin: 08:00 UTC, Manitoba Standard Time
Yukon Standard Time (-0700), read in Europe/Berlin: 16:00 UTC, America/Whitehorse
British Columbia Standard Time (-0700), read in Asia/Tokyo: 00:00 UTC, British Columbia Standard Time
Customized Time Zone (-0700), read in Europe/Berlin: 16:00 UTC, Etc/GMT+7
SEEN
