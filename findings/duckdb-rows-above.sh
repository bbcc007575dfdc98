#!/usr/bin/env bash
# DuckDB 2.0.1 (PyPI, of this year), `read_csv`, on timetables in which some rows have a cell more than the headings: a remark in a column
# without a heading, or a comma in a title without quotation marks.
#
# Guess before it was run: such a file is refused, with the line, or the surplus cell is dropped, or the missing ones are null. No row is left
# out without ignore_errors=true, which is for that. (After rows 4 to 6 of 6 had been seen to make the others vanish: one such row alone
# has the file refused, wherever it stands.)
#
# Seen: rows are left out, and nothing is said. With remarks from row 15 on, the 16 rows from there on are the whole table; with a surplus cell in the
# last row alone, that row is. DuckDB looks for the place where the table begins, and takes what is above, with the headings, for a title. With
# `names`, the table has the right headings all the same; with header=true beside it row 15 is lost as well. Where one row in the middle is longer,
# whole lines are the cells of a single column. Empty surplus cells do no harm; sample_size=-1 does no good. ignore_errors=true has 29 of
# the 30 rows where the same call without it has one.
#
# What it means here: who cleans or joins timetables by DuckDB hands in half of one, and every row that is there is right. Rows that are
# missing cancel nothing, but no meeting is made for them either. null_padding=true keeps all rows; auto_detect=false with `columns` refuses the file.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install duckdb==2.0.1
cat > read.py <<'PYTHON'
import duckdb

def timetable(more):
    rows = (f"A-{number},Algebra,2027-02-{number % 28 + 1:02} 09:00{more(number)}\n" for number in range(1, 31))
    return "ref,room_name,start_time\n" + "".join(rows)

names = "names=['ref', 'room_name', 'start_time', 'remark']"
columns = "columns={'ref': 'VARCHAR', 'room_name': 'VARCHAR', 'start_time': 'VARCHAR'}"
ways = {
    "-": "",
    "names": names,
    "names, header": names + ", header=true",
    "all sampled": "sample_size=-1",
    "padding": "null_padding=true",
    "errors ignored": "ignore_errors=true",
    "columns told": columns + ", header=true, auto_detect=false",
}
files = {
    "no surplus": (timetable(lambda number: ""), ["-"]),
    "from row 15 on": (
        timetable(lambda number: ",moved" if number >= 15 else ""),
        ["-", "names", "names, header", "all sampled", "padding", "columns told"],
    ),
    "in row 30": (timetable(lambda number: ",moved" if number == 30 else ""), ["-", "names", "errors ignored"]),
    "in row 15": (timetable(lambda number: ",moved" if number == 15 else ""), ["-"]),
    "from row 15 on, empty": (timetable(lambda number: "," if number >= 15 else ""), ["-"]),
}
for name, (text, tried) in files.items():
    with open("timetable.csv", "w") as file:
        file.write(text)
    for way in tried:
        options = ", ".join(filter(None, ["'timetable.csv'", ways[way]]))
        try:
            table = duckdb.connect().execute(f"from read_csv({options})")
            rows = table.fetchall()
            said = f"{len(rows)} rows from {rows[0][0]} on, headings {' '.join(column[0] for column in table.description)}"
        except duckdb.Error as error:
            said = "refused, line 16" if "CSV Error on Line: 16" in str(error) else str(error)
        print(name, way, said, sep=" | ")
PYTHON
venv/bin/python read.py | tee seen
diff seen - <<'SEEN'
no surplus | - | 30 rows from A-1 on, headings ref room_name start_time
from row 15 on | - | 16 rows from A-15 on, headings column0 column1 column2 column3
from row 15 on | names | 16 rows from A-15 on, headings ref room_name start_time remark
from row 15 on | names, header | 15 rows from A-16 on, headings ref room_name start_time remark
from row 15 on | all sampled | 16 rows from A-15 on, headings column0 column1 column2 column3
from row 15 on | padding | 30 rows from A-1 on, headings ref room_name start_time column3
from row 15 on | columns told | refused, line 16
in row 30 | - | 1 rows from A-30 on, headings column0 column1 column2 column3
in row 30 | names | 1 rows from A-30 on, headings ref room_name start_time remark
in row 30 | errors ignored | 29 rows from A-1 on, headings ref room_name start_time
in row 15 | - | 30 rows from A-1,Algebra,2027-02-02 09:00 on, headings ref,room_name,start_time
from row 15 on, empty | - | 30 rows from A-1 on, headings ref room_name start_time
SEEN
