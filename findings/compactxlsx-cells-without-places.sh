#!/usr/bin/env bash
# A workbook that CompactXLSX 0.1.0 wrote (PyPI, July 2026, from a pandas table), read by ten programs: openpyxl 3.1.5, python-calamine 0.9.1,
# xlsx2csv 0.8.6, Aspose.Cells FOSS 26.10.0 (PyPI), SheetJS 0.18.5, ExcelJS 4.4.0, read-excel-file 9.3.17, xlsx-populate 1.21.0, convert-excel-to-json 1.7.0
# and xlsx-style 0.8.13 (npm), each the newest release.
#
# Guess before it was run, after the file had been looked at: it leaves out the place of each row and cell (r="B2"), which ECMA-376 (18.3.1.4 and
# 18.3.1.73) allows: it is the next one then. Most read it, two refuse it, and none has a cell in another place without a word.
#
# Seen: three read it, and three refuse it. xlsx2csv writes nothing at all and ends with 0, and to Aspose.Cells FOSS the sheet is empty.
# convert-excel-to-json and xlsx-style, which are made with an old SheetJS, pass over a blank cell, and what is right of it moves to the left: where
# the title is blank, the start is the title; where the length is blank, 20 seats are a length of 20. To xlsx-style the first column is blank
# besides, with its heading. No error, no warning.
#
# What it means here: a lesson of 20 minutes is one like any other, and no one has asked for it; `import --dry-run` shows it. Where a text moves,
# roomkeeper refuses the row (a start that is none), and an empty CSV it refuses as empty. It reads the workbook itself rightly, blank cells, too: hand
# that in as it is.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . xlsx@0.18.5 exceljs@4.4.0 read-excel-file@9.3.17 xlsx-populate@1.21.0 convert-excel-to-json@1.7.0 \
    xlsx-style@0.8.13 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install compactxlsx==0.1.0 pandas==3.1.1 openpyxl==3.1.5 python-calamine==0.9.1 xlsx2csv==0.8.6 \
    aspose-cells-foss==26.10.0
cat > write.py <<'PYTHON'
import compactxlsx, pandas
headings = ["ref", "room_name", "start_time", "duration", "seats"]
rows = [["A-1", "Algebra", "2027-02-01 09:00", 90, 30], ["A-2", None, "2027-02-02 10:45", 45, 20], ["A-3", "Chess", "2027-02-03 08:00", None, 20]]
compactxlsx.write_xlsx(pandas.DataFrame(rows, columns=headings), "lessons.xlsx")
PYTHON
cat > read.py <<'PYTHON'
import csv, io, subprocess, openpyxl, python_calamine
from aspose.cells_foss import Workbook
def cells(row):
    return [f"{cell:g}" if isinstance(cell, float) else cell or "" for cell in row]
def show(name, rows):
    for row in rows: print(name, *cells(row), sep=" | ")
show("openpyxl", openpyxl.load_workbook("lessons.xlsx").active.values)
show("calamine", python_calamine.CalamineWorkbook.from_path("lessons.xlsx").get_sheet_by_index(0).to_python())
done = subprocess.run(["venv/bin/xlsx2csv", "lessons.xlsx"], capture_output=True, text=True)
print("xlsx2csv ends with", done.returncode, repr(done.stdout), repr(done.stderr))
sheet = Workbook("lessons.xlsx").worksheets[0]
show("Aspose.Cells FOSS", [[sheet.cells[column + row].value for column in "ABCDE"] for row in "1234"])
PYTHON
cat > read.cjs <<'JS'
const name = "lessons.xlsx";
const rowsOf = ({ utils }, book) => utils.sheet_to_json(Object.values(book.Sheets)[0], { header: 1 });
const readers = {
    SheetJS: (sheetjs) => rowsOf(sheetjs, sheetjs.readFile(name)),
    "xlsx-style": (old) => rowsOf(old, old.readFile(name)),
    "convert-excel-to-json": (convert) => Object.values(convert({ sourceFile: name }))[0].map((row) => [..."ABCDE"].map((column) => row[column])),
    ExcelJS: async ({ Workbook }) => (await new Workbook().xlsx.readFile(name)).worksheets[0].getSheetValues(),
    "read-excel-file": (read) => read.default(name),
    "xlsx-populate": async (populate) => (await populate.fromFileAsync(name)).sheet(0).usedRange().value(),
};
const modules = { SheetJS: "xlsx", ExcelJS: "exceljs", "read-excel-file": "read-excel-file/node" };
(async () => {
    for (const [reader, read] of Object.entries(readers))
        try {
            const rows = await read(require(modules[reader] ?? reader));
            for (const row of rows) console.log([reader, ...Array.from(row, (cell) => cell ?? "")].join(" | "));
        } catch (error) { console.log(reader, "refuses it:", error.message); }
})();
JS
venv/bin/python write.py
{ venv/bin/python read.py; node read.cjs; } 2>&1 | sed 's/[ |]*$//' | tee seen
diff seen - <<'SEEN'
openpyxl | ref | room_name | start_time | duration | seats
openpyxl | A-1 | Algebra | 2027-02-01 09:00 | 90 | 30
openpyxl | A-2 |  | 2027-02-02 10:45 | 45 | 20
openpyxl | A-3 | Chess | 2027-02-03 08:00 |  | 20
calamine | ref | room_name | start_time | duration | seats
calamine | A-1 | Algebra | 2027-02-01 09:00 | 90 | 30
calamine | A-2 |  | 2027-02-02 10:45 | 45 | 20
calamine | A-3 | Chess | 2027-02-03 08:00 |  | 20
xlsx2csv ends with 0 '' ''
Aspose.Cells FOSS
Aspose.Cells FOSS
Aspose.Cells FOSS
Aspose.Cells FOSS
SheetJS | ref | room_name | start_time | duration | seats
SheetJS | A-1 | Algebra | 2027-02-01 09:00 | 90 | 30
SheetJS | A-2 |  | 2027-02-02 10:45 | 45 | 20
SheetJS | A-3 | Chess | 2027-02-03 08:00 |  | 20
xlsx-style |  | room_name | start_time | duration | seats
xlsx-style |  | Algebra | 2027-02-01 09:00 | 90 | 30
xlsx-style |  | 2027-02-02 10:45 | 45 | 20
xlsx-style |  | Chess | 2027-02-03 08:00 | 20
convert-excel-to-json | ref | room_name | start_time | duration | seats
convert-excel-to-json | A-1 | Algebra | 2027-02-01 09:00 | 90 | 30
convert-excel-to-json | A-2 | 2027-02-02 10:45 | 45 | 20
convert-excel-to-json | A-3 | Chess | 2027-02-03 08:00 | 20
ExcelJS refuses it: Invalid row number in model
read-excel-file refuses it: Cannot read properties of undefined (reading 'length')
xlsx-populate refuses it: Cannot read properties of undefined (reading 'match')
SEEN
