#!/usr/bin/env bash
# SheetJS 0.18.5 (npm, package xlsx, the newest there), reading a CSV and writing it as CSV again (`readFile`, `sheet_to_csv`).
#
# What one would expect: cells of a CSV that nobody touched come back as they were, or a date and time in one other form, the same for the whole
# column.
#
# Seen: `2027-02-19 12:45` comes back as `2/19/27`: its time is not in the file any more, in none of the cells of the column. `cellDates: true`
# does not help. What is left alone: a `T` and `Z`, `AM` and `PM`, a time by itself. Of German dates those up to the 12th are read month first
# and lose their time (`05.02.2027 12:45` becomes `5/2/27`, which is 2 May), and those after the 12th come back whole. No error, no warning.
# `raw: true` leaves all as it was; `dateNF` with hours and minutes keeps the times, and German dates still become others.
#
# What it means here: a results file that went through it comes back without the times of its starts. roomkeeper knows the rows by the column
# `row`, and reads each start as it was handed in. A time that a person had changed is in the file nowhere: the mail says how many rows came
# back without one. A file without that column is refused row by row, for a start without a time is none.
#
# Needs node, npm and the npm registry. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . xlsx@0.18.5 >/dev/null
cat > a.csv <<'CSV'
ref,start
A,2027-02-19 12:45
B,2027-02-19T12:45:00Z
C,19.02.2027 12:45
D,05.02.2027 12:45
E,2/19/2027 12:45
F,2/19/2027 12:45 PM
G,12:45
CSV
cat > through.cjs <<'JS'
const { readFile, utils } = require("xlsx");
const book = readFile("a.csv", JSON.parse(process.argv[2]));
process.stdout.write(utils.sheet_to_csv(book.Sheets[book.SheetNames[0]]));
JS
expected='ref,start
A,2/19/27
B,2027-02-19T12:45:00Z
C,19.02.2027 12:45
D,5/2/27
E,2/19/27
F,2/19/2027 12:45 PM
G,12:45'
for how in '{}' '{"cellDates":true}'; do
    diff <(echo "$expected") <(TZ=UTC node through.cjs "$how"; echo)
done
diff a.csv <(TZ=UTC node through.cjs '{"raw":true}'; echo)
echo "as described"
