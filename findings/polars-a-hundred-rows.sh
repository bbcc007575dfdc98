#!/usr/bin/env bash
# polars 2.1.0 (PyPI, of this year) with fastexcel 0.21.0 (PyPI, of August), `read_excel`, on workbooks that openpyxl 3.1.5 wrote, with a column that
# has something else in its 101st row than in those before.
#
# What one would expect: either the column becomes a text, or the file is refused with the cell, as `read_csv` of the same polars refuses it ("could
# not parse"). No guess was written before the first such cell was seen to be gone; for the rest: the first thousand rows decide; an id 0028
# that is a text becomes 28.
#
# Seen: the first hundred decide, and what does not fit comes out as null, without an error or a warning: R2.11 among numbers of rooms, `90 min`
# and `1,5` among lengths, a length that is a cell of time, a start that is a text among cells of dates. A text that looks like a number to
# it is that number: 0028 is 28, and the id 1E5 is 100000. With one such row among the first hundred, or with infer_schema_length=None, the
# column is a text and all is whole (with the cell of time the file is refused). engine="openpyxl" has it as text, "xlsx2csv" refuses the file.
#
# What it means here: what is tried out with a hundred rows works, and in a whole year cells are blank. A blank `user_id` means the user of the
# credentials, and a blank length or number of seats that of `defaults`, so a meeting is made, by another user, of another length. Read with
# infer_schema_length=None, or hand the workbook itself in.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install polars==2.1.0 fastexcel==0.21.0 openpyxl==3.1.5 xlsx2csv==0.8.6
cat > read.py <<'PYTHON'
import datetime, fastexcel, openpyxl, polars

def workbook(usual, other, row):
    book = openpyxl.Workbook()
    book.active.append(["ref", "cell"])
    for number in range(1, row):
        book.active.append([f"A-{number}", usual])
    book.active.append([f"A-{row}", other])
    book.save("timetable.xlsx")

def last(**options):
    try:
        return repr(polars.read_excel("timetable.xlsx", **options)["cell"][-1])
    except (polars.exceptions.ComputeError, fastexcel.FastExcelError):
        return "refused"

day = datetime.datetime(2027, 2, 1, 9)
print("usual | other | in row 100 | in row 101 | whole column looked at")
for usual, other in [(27, "R2.11"), (60, "90 min"), (60, "1,5"), (60, datetime.timedelta(hours=1.5)), (day, "2027-02-03 09:00"), (27, "0028"), (27, "1E5")]:
    workbook(usual, other, 100)
    early = last()
    workbook(usual, other, 101)
    print(usual, other, early, last(), last(infer_schema_length=None), sep=" | ")
workbook(27, "R2.11", 101)
for engine in ["openpyxl", "xlsx2csv"]:
    print(engine, last(engine=engine), sep=" | ")
with open("timetable.csv", "w") as file:
    file.write("ref,cell\n" + "A,27\n" * 100 + "A,R2.11\n")
try:
    print("read_csv", repr(polars.read_csv("timetable.csv")["cell"][-1]), sep=" | ")
except polars.exceptions.ComputeError:
    print("read_csv | refused")
PYTHON
venv/bin/python -W error read.py 2>&1 | tee seen
diff seen - <<'SEEN'
usual | other | in row 100 | in row 101 | whole column looked at
27 | R2.11 | 'R2.11' | None | 'R2.11'
60 | 90 min | '90 min' | None | '90 min'
60 | 1,5 | '1,5' | None | '1,5'
60 | 1:30:00 | refused | None | refused
2027-02-01 09:00:00 | 2027-02-03 09:00 | '2027-02-03 09:00' | None | '2027-02-03 09:00'
27 | 0028 | '0028' | 28 | '0028'
27 | 1E5 | '1E5' | 100000 | '1E5'
openpyxl | 'R2.11'
xlsx2csv | refused
read_csv | refused
SEEN
