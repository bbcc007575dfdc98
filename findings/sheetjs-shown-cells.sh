#!/usr/bin/env bash
# SheetJS 0.18.5 (npm, package xlsx), making CSV of OpenDocument sheets that pyexcel-ods3 0.6.1 and pandas 3.1.1 wrote (PyPI; pandas of 2026,
# with odfpy 1.4.1).
#
# What one would expect: a cell of an OpenDocument sheet has its value (office:value="90") and, beside it, the text that was shown last. A
# converter goes by the value: 90 is 90, true TRUE, and 1 February 2027 is written in one way or another, the same for both files.
#
# Seen: SheetJS goes by the text. pyexcel-ods3 writes none for numbers, dates, times and yes or no: all of these are blank, and the texts beside
# them are whole. pandas writes a date's text as the C library does without a locale, so that 1 February is 02/01/27, whatever the sheet
# would show; a time with it is "Mon Feb 1 09:00:00 2027". No error, no warning. python-calamine 0.9.1 has the same values from both files.
#
# What it means here: where starts are texts, such a file is imported: blank cells are those of `defaults`, 60 minutes instead of 90, 30 seats
# instead of 120, nobody waits for the moderator. With "%d/%m/%y" among date_formats, 02/01/27 is 2 January. Save the CSV from the spreadsheet,
# and look at the columns of numbers in the first row before a converter's file goes into the inbox.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . xlsx@0.18.5 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install pyexcel-ods3==0.6.1 pandas==3.1.1 odfpy==1.4.1 python-calamine==0.9.1
cat > write.py <<'PYTHON'
import datetime, pandas, pyexcel_ods3, python_calamine
headings = ["ref", "room_name", "start_time", "duration", "participants", "wait_for_moderator", "day", "begin"]
rows = [
    ["A-1", "Algebra", "2027-02-01 09:00", 90, 120, True, datetime.date(2027, 2, 1), datetime.datetime(2027, 2, 1, 9)],
    ["A-2", "History", "2027-02-03 10:45", 45, 30, False, datetime.date(2027, 2, 3), datetime.datetime(2027, 2, 3, 10, 45)],
]
pyexcel_ods3.save_data("pyexcel-ods3.ods", {"timetable": [headings, *rows]})
pandas.DataFrame(rows, columns=headings, dtype=object).to_excel("pandas.ods", index=False, engine="odf")
for name in ("pyexcel-ods3.ods", "pandas.ods"):
    read = python_calamine.CalamineWorkbook.from_path(name).get_sheet_by_index(0).to_python()
    assert read == [headings, *rows], read
PYTHON
LC_ALL=C venv/bin/python write.py
cat > convert.cjs <<'JS'
const { readFile, utils } = require("xlsx");
for (const name of ["pyexcel-ods3", "pandas"]) {
    const book = readFile(name + ".ods");
    console.log(name);
    console.log(utils.sheet_to_csv(book.Sheets[book.SheetNames[0]]).trimEnd());
}
JS
TZ=UTC node convert.cjs | tee seen
diff seen - <<'SEEN'
pyexcel-ods3
ref,room_name,start_time,duration,participants,wait_for_moderator,day,begin
A-1,Algebra,2027-02-01 09:00,,,,,
A-2,History,2027-02-03 10:45,,,,,
pandas
ref,room_name,start_time,duration,participants,wait_for_moderator,day,begin
A-1,Algebra,2027-02-01 09:00,90,120,TRUE,02/01/27,Mon Feb 1 09:00:00 2027
A-2,History,2027-02-03 10:45,45,30,FALSE,02/03/27,Wed Feb 3 10:45:00 2027
SEEN
