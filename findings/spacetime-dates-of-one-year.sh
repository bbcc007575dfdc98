#!/usr/bin/env bash
# spacetime 7.15.0 (npm, September 2026), turning 09:00 of each day of five years into an instant.
#
# What one would expect: it keeps the newest rule of each zone ("the last Sunday of March") and uses it for all years, as its README has it of
# dates gone by; so Berlin and New York, whose rules have been the same since 2007, are right in every year ahead.
#
# Seen: it keeps not the rule but this year's dates. 2026 is right. In 2027 Berlin still goes back on 25 October instead of the 31st, so that
# six days of that week, and one of March, are an hour late; New York has 12 wrong days, Sydney 2, and other years others. Tokyo is right. The
# instant is told with an offset, and looks like any other.
#
# What it means here: a program that makes a timetable's CSV with it is right all autumn, and wrong for some days of next year; a few rows out
# of hundreds, and only in a week that begins or ends summer time. A start with an offset is taken for what it says. Hand in the clock's time and
# the zone's name in columns of their own, and roomkeeper goes by the rules of the machine's tzdata.
#
# Needs node, npm and the npm registry. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . spacetime@7.15.0 luxon@3.7.2 >/dev/null
cat > days.mjs <<'JS'
import spacetime from "spacetime";
import { DateTime } from "luxon";
for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Tokyo"]) {
    for (let year = 2026; year <= 2030; year++) {
        const wrong = [];
        for (let day = DateTime.fromObject({ year, hour: 9 }, { zone }); day.year === year; day = day.plus({ days: 1 })) {
            const hours = (spacetime(day.toFormat("yyyy-MM-dd'T'HH:mm:ss"), zone).epoch - day.toMillis()) / 3600000;
            if (hours !== 0) wrong.push(`${day.toFormat("MM-dd")}${hours > 0 ? "+" : ""}${hours}`);
        }
        console.log(`${zone} ${year}: ${wrong.length} days are wrong`, ...wrong);
    }
}
console.log(spacetime("2027-10-27T09:00:00", "Europe/Berlin").format("iso"));
JS
TZ=UTC node days.mjs | tee seen
diff seen - <<'SEEN'
Europe/Berlin 2026: 0 days are wrong
Europe/Berlin 2027: 7 days are wrong 03-28+1 10-25+1 10-26+1 10-27+1 10-28+1 10-29+1 10-30+1
Europe/Berlin 2028: 7 days are wrong 03-26+1 03-27+1 03-28+1 10-25+1 10-26+1 10-27+1 10-28+1
Europe/Berlin 2029: 7 days are wrong 03-25+1 03-26+1 03-27+1 03-28+1 10-25+1 10-26+1 10-27+1
Europe/Berlin 2030: 4 days are wrong 03-29-1 03-30-1 10-25+1 10-26+1
America/New_York 2026: 0 days are wrong
America/New_York 2027: 12 days are wrong 03-08-1 03-09-1 03-10-1 03-11-1 03-12-1 03-13-1 11-01+1 11-02+1 11-03+1 11-04+1 11-05+1 11-06+1
America/New_York 2028: 8 days are wrong 03-08-1 03-09-1 03-10-1 03-11-1 11-01+1 11-02+1 11-03+1 11-04+1
America/New_York 2029: 6 days are wrong 03-08-1 03-09-1 03-10-1 11-01+1 11-02+1 11-03+1
America/New_York 2030: 4 days are wrong 03-08-1 03-09-1 11-01+1 11-02+1
Australia/Sydney 2026: 0 days are wrong
Australia/Sydney 2027: 2 days are wrong 04-04-1 10-03+1
Australia/Sydney 2028: 6 days are wrong 04-02-1 04-03-1 04-04-1 10-01+1 10-02+1 10-03+1
Australia/Sydney 2029: 7 days are wrong 04-01-1 04-02-1 04-03-1 04-04-1 10-04-1 10-05-1 10-06-1
Australia/Sydney 2030: 4 days are wrong 04-05+1 04-06+1 10-04-1 10-05-1
Asia/Tokyo 2026: 0 days are wrong
Asia/Tokyo 2027: 0 days are wrong
Asia/Tokyo 2028: 0 days are wrong
Asia/Tokyo 2029: 0 days are wrong
Asia/Tokyo 2030: 0 days are wrong
2027-10-27T09:00:00.000+01:00
SEEN
