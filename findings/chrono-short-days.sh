#!/usr/bin/env bash
# chrono-node 2.10.3 (npm, the newest release in November 2026), its German parser, on the days of 2027 with a time: "1.2.27 9:00".
#
# Guess before it was run, after "1.2.27 9:00" had been seen: "1.2.27" alone is no date, "01.02.27 09:00" and "1.2. 9:00" are 1 February, "Mo, 1.2.27
# 9:00" is the coming Monday, and 1/2/27 is read. At first "01.02.2027 9:00" had been guessed to be 1 February, as it is.
#
# Seen: a day of one digit, with points and two digits for the year, is passed over (it may be the number of a version); the time is not, and a
# time without a day is today's. So "1.2.27 9:00" is nine o'clock on the day of the run, as are the first nine days of each month, 108 in
# all, while the other 257 are right, "28.2.27 9:00" too. "1.2. 9:00" is today as well. With "Raum 2.11, 1.2.2027 9:00" the lesson is at 02:11,
# for the number of the room is the time, and a second one is at nine o'clock today.
#
# What it means here: three lessons in ten are on one day, all well formed. Write days with two digits, or years with four, and
# ask `isCertain("day")` of each.
#
# Needs node, npm and the npm registry. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . chrono-node@2.10.3 >/dev/null
cat > days.mjs <<'JS'
import { de } from "chrono-node";
const today = new Date("2026-11-29T00:00:00Z");
const show = (text) => de.parse(text, today).map(({ start }) => start.date().toISOString().slice(0, 16) + (start.isCertain("day") ? "" : " (by the run)"));
const forms = {
    "1.2.27 9:00": (day, month) => `${day}.${month}.27 9:00`,
    "01.02.27 09:00": (day, month) => `${String(day).padStart(2, 0)}.${String(month).padStart(2, 0)}.27 09:00`,
    "1.2.2027 9:00": (day, month) => `${day}.${month}.2027 9:00`,
    "1/2/27 9:00": (day, month) => `${day}/${month}/27 9:00`,
};
for (const [name, form] of Object.entries(forms)) {
    let right = 0, ofToday = 0;
    for (let day = new Date("2027-01-01T09:00:00Z"); day.getUTCFullYear() === 2027; day.setUTCDate(day.getUTCDate() + 1)) {
        const read = de.parseDate(form(day.getUTCDate(), day.getUTCMonth() + 1), today);
        right += Number(read) === Number(day);
        ofToday += read?.toISOString() === "2026-11-29T09:00:00.000Z";
    }
    console.log(`${name}: ${right} days right, ${ofToday} today`);
}
for (const text of ["1.2.27", "1.2. 9:00", "Mo, 1.2.27 9:00", "28.2.27 9:00", "Raum 2.11, 1.2.2027 9:00"]) console.log(`${text}:`, ...show(text));
JS
TZ=UTC node days.mjs | tee seen
diff seen - <<'SEEN'
1.2.27 9:00: 257 days right, 108 today
01.02.27 09:00: 365 days right, 0 today
1.2.2027 9:00: 365 days right, 0 today
1/2/27 9:00: 365 days right, 0 today
1.2.27:
1.2. 9:00: 2026-11-29T09:00 (by the run)
Mo, 1.2.27 9:00: 2026-11-30T01:00 (by the run) 2026-11-29T09:00 (by the run)
28.2.27 9:00: 2027-02-28T09:00
Raum 2.11, 1.2.2027 9:00: 2027-02-01T02:11 2026-11-29T09:00 (by the run)
SEEN
