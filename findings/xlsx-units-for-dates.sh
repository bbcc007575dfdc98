#!/usr/bin/env bash
# xlsx2csv 0.8.6 (PyPI) and ExcelJS 4.4.0 (npm), each the newest release in November 2026, on a workbook with lengths that are shown with
# their unit, "90 min", as openpyxl 3.1.5 wrote it. The cell has the number; its format, `0" min"`, the unit.
#
# Guess before it was run: of six readers five have 90 for each format, or "90 min"; an old one takes a letter behind a backslash
# (`0\ \m\i\n`, which says the same) for a month, and the cell for 30 March 1900.
#
# Seen: xlsx2csv looks for d, h, m, s and y within the quotes, too, and writes the format with the date in place of the number, which is gone:
# 90 with `0" min"` is `0" 03in"`, since the 90th day is in March; 60 is `0" 02in"`, 45 with `0" h"` is `0" 12"`, and 30 with `0" seats"` is
# `0" seats"`. ExcelJS is right about quotes, and makes a date of every letter behind a backslash: 90 is 1900-03-30, and 1.5 with `0.0\h` is
# noon of 31 December 1899. No error, no warning. openpyxl, pandas, SheetJS, in2csv and python-calamine have the numbers.
#
# What it means here: roomkeeper refuses `0" 03in"` as no length and no number, row by row. Take the unit off the column's format, or save the
# CSV from the spreadsheet. (That xlsx2csv is a minute early is told in xlsx2csv-minutes.sh.)
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . exceljs@4.4.0 xlsx@0.18.5 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install xlsx2csv==0.8.6 openpyxl==3.1.5 pandas==3.1.1 csvkit==2.2.0 agate-excel==0.4.2 python-calamine==0.9.1
cat > write.py <<'PYTHON'
import openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["format", "value"])
for value, shown in [(90, '0" min"'), (60, '0" min"'), (30, '0" seats"'), (45, '0" h"'), (90, r"0\ \m\i\n"), (1.5, r"0.0\h"), (90, "0"), (90, "0000")]:
    sheet.append([shown, value])
    sheet.cell(row=sheet.max_row, column=2).number_format = shown
book.save("lengths.xlsx")
PYTHON
cat > read.py <<'PYTHON'
import csv, io, subprocess, openpyxl, pandas, python_calamine
def program(*command):
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [row[1] for row in csv.reader(io.StringIO(said))][1:]
columns = {
    "xlsx2csv": program("venv/bin/xlsx2csv", "lengths.xlsx"),
    "in2csv": program("venv/bin/in2csv", "--no-inference", "lengths.xlsx"),
    "openpyxl": [row[1].value for row in openpyxl.load_workbook("lengths.xlsx").active.rows][1:],
    "pandas": list(pandas.read_excel("lengths.xlsx", engine="openpyxl")["value"]),
    "calamine": [row[1] for row in python_calamine.CalamineWorkbook.from_path("lengths.xlsx").get_sheet_by_index(0).to_python()][1:],
}
for name, cells in columns.items():
    print(name, *[cell if isinstance(cell, str) else f"{cell:g}" for cell in cells], sep=" | ")
PYTHON
cat > read.cjs <<'JS'
const { Workbook } = require("exceljs");
const { readFile, utils } = require("xlsx");
(async () => {
    const sheet = readFile("lengths.xlsx").Sheets.Sheet;
    console.log(["SheetJS", ...utils.sheet_to_json(sheet).map((row) => row.value)].join(" | "));
    const book = new Workbook();
    await book.xlsx.readFile("lengths.xlsx");
    const cells = book.worksheets[0].getColumn(2).values.slice(2);
    console.log(["ExcelJS", ...cells.map((cell) => (cell instanceof Date ? cell.toISOString() : cell))].join(" | "));
})();
JS
venv/bin/python write.py
{ venv/bin/python read.py; TZ=UTC node read.cjs; } 2>&1 | tee seen
diff seen - <<'SEEN'
xlsx2csv | 0" 03in" | 0" 02in" | 0" seats" | 0" 12" | 0 03in | 0.012 | 90 | 90
in2csv | 90 | 60 | 30 | 45 | 90 | 1.5 | 90 | 90
openpyxl | 90 | 60 | 30 | 45 | 90 | 1.5 | 90 | 90
pandas | 90 | 60 | 30 | 45 | 90 | 1.5 | 90 | 90
calamine | 90 | 60 | 30 | 45 | 90 | 1.5 | 90 | 90
SheetJS | 90 | 60 | 30 | 45 | 90 | 1.5 | 90 | 90
ExcelJS | 90 | 60 | 30 | 45 | 1900-03-30T00:00:00.000Z | 1899-12-31T12:00:00.000Z | 90 | 90
SEEN
