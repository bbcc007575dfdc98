#!/usr/bin/env bash
# csvsort of csvkit 2.2.0 (PyPI, the newest release in November 2026, with agate 1.14.2), on a timetable with a column for the day and one
# for the time of day. csvjoin and in2csv read cells alike.
#
# What one would expect: sorting moves rows, and leaves cells as they are; at most 01.02.2027 becomes 2027-02-01, and 9:00 09:00:00.
#
# Seen: 9:00 becomes 0:09:00 and 13:15 0:13:15, since a column of such cells is taken for lengths, and two numbers for minutes and
# seconds. 01.02.2027 becomes 2027-01-02, the month first; and only as long as no day of the file is after the 12th: one such row, and
# the whole column stays as it was. With `-L de_DE` the same cell becomes the number 1022027. Nothing is said about any of it. (So do a
# column of 1 alone, which becomes True, and `1h30m`, which becomes 1:30:00.) `--no-inference` leaves those cells as they are, and still blanks each
# that is NA, N/A, none or null, a room called "None" too; only with `--blanks` beside it does csvsort sort and do no more.
#
# What it means here: where `columns` joins the two, what was 1 February at 9:00 is 2 January at 00:09, which is a start like any other
# (a file whose rows all begin between midnight and one is pointed out, and a test of ours holds that).
# Whoever prepares files for the inbox with csvkit says `--no-inference --blanks`. csvcut, csvgrep, csvstack and csvformat do not touch cells.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install csvkit==2.2.0 agate==1.14.2
cat > early.csv <<'CSV'
ref,room_name,Day,Begin,duration
A-3,Geography,12.02.2027,13:15,45
A-1,Algebra,01.02.2027,9:00,90
A-2,History,04.02.2027,10:45,90
CSV
{ cat early.csv; echo 'A-4,Music,15.02.2027,8:00,90'; } > whole.csv
{ sed s/room_name/moderators/ early.csv | sed -E 's/(Algebra|History|Geography)/1/; s/,90$/,1h30m/; s/,45$/,45m/'; } > words.csv

for file in early whole words; do
    echo "$file"
    LC_ALL=C.UTF-8 venv/bin/csvsort -c ref "$file.csv"
done 2>&1 | tee seen
echo "-- without inference"
venv/bin/csvsort --no-inference -c ref early.csv | tee plain
diff plain <(sed -n 1p early.csv; tail -n +2 early.csv | sort)
echo "-- words that are taken for nothing"
sed 's/Algebra/None/; s/History/N\/A/' early.csv > nothing.csv
venv/bin/csvsort --no-inference -c ref nothing.csv | cut -d, -f2 | tee blank
diff blank <(printf '%s\n' room_name '' '' Geography)
venv/bin/csvsort --no-inference --blanks -c ref nothing.csv | diff - <(sed -n 1p nothing.csv; tail -n +2 nothing.csv | sort)
venv/bin/csvsort -L de_DE -c ref early.csv | cut -d, -f3 | tee german
diff german <(printf '%s\n' Day 1022027 4022027 12022027)
diff seen - <<'SEEN'
early
ref,room_name,Day,Begin,duration
A-1,Algebra,2027-01-02,0:09:00,90
A-2,History,2027-04-02,0:10:45,90
A-3,Geography,2027-12-02,0:13:15,45
whole
ref,room_name,Day,Begin,duration
A-1,Algebra,01.02.2027,0:09:00,90
A-2,History,04.02.2027,0:10:45,90
A-3,Geography,12.02.2027,0:13:15,45
A-4,Music,15.02.2027,0:08:00,90
words
ref,moderators,Day,Begin,duration
A-1,True,2027-01-02,0:09:00,1:30:00
A-2,True,2027-04-02,0:10:45,1:30:00
A-3,True,2027-12-02,0:13:15,0:45:00
SEEN
