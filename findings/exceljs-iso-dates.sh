#!/usr/bin/env bash
# ExcelJS 4.4.0 (npm, the newest release in November 2026), on a workbook whose dates are kept in ISO form (cells of the type "d", ISO/IEC 29500), as
# Excel's "Strict Open XML" keeps them, and openpyxl 3.1.5 with iso_dates.
#
# Guess before it was run: SheetJS, pandas and python-calamine read such dates; ExcelJS hands out the text, or no date.
#
# Seen: ExcelJS takes the digits up to the first that is none for a day's number. Every date of 2027 is 19 July 1905, the 2,027th day, whatever
# the month, the day and the time; 2028 is the 20th. The time 10:45 is 9 January 1900, and 8:15 the 7th. No error, no warning, and each value is a
# Date. The others read the dates that are there (pandas by openpyxl).
#
# What it means here: a start of 1905 lies in the past, and a row with it makes no meeting. Where the day is a text and only the time of day such a
# cell, every lesson is at midnight. Save the workbook as plain .xlsx, or the CSV from the spreadsheet.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . exceljs@4.4.0 xlsx@0.18.5 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install openpyxl==3.1.5 pandas==3.1.1 python-calamine==0.9.1
cat > write.py <<'PYTHON'
import datetime, openpyxl
book = openpyxl.Workbook()
book.iso_dates = True
for start in ["2026-12-31T10:45", "2027-02-01T10:45", "2027-07-09T08:15", "2028-01-03T10:45"]:
    start = datetime.datetime.fromisoformat(start)
    book.active.append([start, start.time()])
book.save("starts.xlsx")
PYTHON
cat > read.py <<'PYTHON'
import pandas, python_calamine
rows = python_calamine.CalamineWorkbook.from_path("starts.xlsx").get_sheet_by_index(0).to_python()
print("calamine:", *[f"{start:%Y-%m-%d %H:%M}" for start, _ in rows], "|", *[f"{time:%H:%M}" for _, time in rows])
frame = pandas.read_excel("starts.xlsx", header=None, engine="openpyxl")
print("pandas:", *[f"{start:%Y-%m-%d %H:%M}" for start in frame[0]], "|", *[f"{time:%H:%M}" for time in frame[1]])
PYTHON
cat > read.cjs <<'JS'
const { Workbook } = require("exceljs");
const { readFile } = require("xlsx");
const day = (date) => date.toISOString().slice(0, 16).replace("T", " ");
(async () => {
    const sheet = readFile("starts.xlsx", { cellDates: true }).Sheets.Sheet;
    console.log("SheetJS:", ...[1, 2, 3, 4].map((row) => day(sheet[`A${row}`].v)));
    const book = new Workbook();
    await book.xlsx.readFile("starts.xlsx");
    const column = (number) => book.worksheets[0].getColumn(number).values.slice(1).map(day);
    console.log("ExcelJS:", ...column(1), "|", ...column(2));
})();
JS
venv/bin/python write.py
{ venv/bin/python read.py; TZ=UTC node read.cjs; } | tee seen
diff seen - <<'SEEN'
calamine: 2026-12-31 10:45 2027-02-01 10:45 2027-07-09 08:15 2028-01-03 10:45 | 10:45 10:45 08:15 10:45
pandas: 2026-12-31 10:45 2027-02-01 10:45 2027-07-09 08:15 2028-01-03 10:45 | 10:45 10:45 08:15 10:45
SheetJS: 2026-12-31 10:45 2027-02-01 10:45 2027-07-09 08:15 2028-01-03 10:45
ExcelJS: 1905-07-18 00:00 1905-07-19 00:00 1905-07-19 00:00 1905-07-20 00:00 | 1900-01-09 00:00 1900-01-09 00:00 1900-01-07 00:00 1900-01-09 00:00
SEEN
