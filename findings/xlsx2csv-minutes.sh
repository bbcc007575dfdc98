#!/usr/bin/env bash
# xlsx2csv 0.8.6 (PyPI, the newest release in November 2026), on a workbook that openpyxl 3.1.5 wrote.
#
# Guess before it was run: a cell that a spreadsheet shows as "01.02.2027 10:00" becomes that text, or the same time in ISO form.
#
# Seen: 128 of the 1,440 minutes of that day come out one minute early, among them 08:30, 10:00, 10:45, 13:00 and 14:30: every third
# quarter of an hour. A spreadsheet keeps a time as a fraction of days; the fraction nearest to 10:00 is some tenths of a
# microsecond short of it; xlsx2csv formats it with strftime, which cuts off where a spreadsheet rounds. The column with the time of
# day alone is right.
#
# What it means here: a timetable that goes through xlsx2csv on its way to the inbox has lessons at 09:59. roomkeeper says in the mail
# and in the output of `import` when rows begin one minute before a quarter of an hour.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet --disable-pip-version-check install xlsx2csv==0.8.6 openpyxl==3.1.5

"$work/venv/bin/python" - "$work/day.xlsx" <<'PYTHON'
import datetime, sys, openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["start_time", "time"])
for minute in range(1440):
    begin = datetime.datetime(2027, 2, 1) + datetime.timedelta(minutes=minute)
    sheet.append([begin, begin.time()])
    sheet.cell(row=minute + 2, column=1).number_format = "dd.mm.yyyy hh:mm"
    sheet.cell(row=minute + 2, column=2).number_format = "hh:mm"
book.save(sys.argv[1])
PYTHON
"$work/venv/bin/xlsx2csv" "$work/day.xlsx" "$work/day.csv"

"$work/venv/bin/python" - "$work/day.csv" <<'PYTHON'
import csv, datetime, sys
rows = list(csv.DictReader(open(sys.argv[1])))
midnight = datetime.datetime(2027, 2, 1)
early, alone = [], 0
for minute, row in enumerate(rows):
    begin = midnight + datetime.timedelta(minutes=minute)
    read = datetime.datetime.strptime(row["start_time"], "%d.%m.%Y %H:%M")
    if read != begin:
        assert begin - read == datetime.timedelta(minutes=1), (begin, read)
        early.append(begin.strftime("%H:%M"))
    alone += row["time"] != begin.strftime("%H:%M")
print(f"{len(early)} of {len(rows)} minutes are one minute early; of the times alone {alone} are wrong")
print("quarters of an hour among them:", *[time for time in early if int(time[3:]) % 15 == 0])
sys.exit(0 if len(early) == 128 and alone == 0 and {"08:30", "10:00", "10:45"} <= set(early) else 1)
PYTHON
