#!/usr/bin/env bash
# An id such as lab_x0027_1 in a workbook, written by five libraries and read by five: openpyxl 3.1.5, XlsxWriter 3.3.1 and polars 2.1.0 (PyPI),
# ExcelJS 4.4.0 and SheetJS 0.18.5 (npm); the readers xlsx2csv 0.8.6 and python-calamine 0.9.1 (PyPI) in place of XlsxWriter and polars.
#
# Guess before it was run: `_x`, four hexadecimal digits and `_` stand for a character in .xlsx (ECMA-376, ST_Xstring), so every writer
# but one at the most puts _x005F_ before such a text, every reader takes it off, and the id is the same in all 25 pairs.
#
# Seen: it is the same in 16. openpyxl, ExcelJS and SheetJS write it as it is; calamine and SheetJS read what that says: lab'1, and roomAb
# for room_x0041_b. ExcelJS and SheetJS cannot read what they wrote themselves: each turns its own lab_x0027_1 into lab'1. XlsxWriter and polars
# write the escape; xlsx2csv leaves it in: lab_x005F_x0027_1. No error, no warning.
#
# What it means here: an id that has a hexadecimal part between two underlines comes out of a workbook as another id, and as one that may
# exist. Hand in such ids as CSV, or with another sign than `_` around the digits.
#
# Needs node, npm, python3 with venv, the npm registry and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . exceljs@4.4.0 xlsx@0.18.5 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install openpyxl==3.1.5 XlsxWriter==3.3.1 polars==2.1.0 xlsx2csv==0.8.6 python-calamine==0.9.1
printf '%s\n' room_x0041_b lab_x0027_1 > ids
cat > write.py <<'PYTHON'
import openpyxl, polars, xlsxwriter
ids = open("ids").read().split()
book = openpyxl.Workbook()
for id in ids:
    book.active.append([id])
book.save("openpyxl.xlsx")
book = xlsxwriter.Workbook("XlsxWriter.xlsx")
book.add_worksheet().write_column(0, 0, ids)
book.close()
polars.DataFrame({"id": ids}).write_excel("polars.xlsx", include_header=False)
PYTHON
cat > read.py <<'PYTHON'
import subprocess, openpyxl, python_calamine
for writer in ["openpyxl", "ExcelJS", "SheetJS", "XlsxWriter", "polars"]:
    file = writer + ".xlsx"
    print(writer, "> openpyxl:", *[row[0].value for row in openpyxl.load_workbook(file).active.rows])
    print(writer, "> calamine:", *[row[0] for row in python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()])
    print(writer, "> xlsx2csv:", *subprocess.run(["venv/bin/xlsx2csv", file], capture_output=True, text=True, check=True).stdout.split())
PYTHON
cat > both.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { Workbook } = require("exceljs");
const { readFile, utils, writeFile } = require("xlsx");
const rows = readFileSync("ids", "utf8").trim().split("\n").map((id) => [id]);
const ways = {
    async write() {
        const book = new Workbook();
        book.addWorksheet("ids").addRows(rows);
        await book.xlsx.writeFile("ExcelJS.xlsx");
        const other = utils.book_new();
        utils.book_append_sheet(other, utils.aoa_to_sheet(rows), "ids");
        writeFile(other, "SheetJS.xlsx");
    },
    async read() {
        for (const writer of ["openpyxl", "ExcelJS", "SheetJS", "XlsxWriter", "polars"]) {
            const book = new Workbook();
            await book.xlsx.readFile(`${writer}.xlsx`);
            console.log(writer, "> ExcelJS:", ...book.worksheets[0].getColumn(1).values.slice(1));
            const other = readFile(`${writer}.xlsx`);
            console.log(writer, "> SheetJS:", ...utils.sheet_to_json(other.Sheets[other.SheetNames[0]], { header: 1 }).flat());
        }
    },
};
ways[process.argv[2]]();
JS
venv/bin/python write.py
node both.cjs write
{ venv/bin/python read.py; node both.cjs read; } | sort | tee seen
echo "the same: $(grep -c 'room_x0041_b lab_x0027_1$' seen) of $(wc -l < seen)" | tee counted
diff seen - <<'SEEN'
ExcelJS > ExcelJS: roomAb lab'1
ExcelJS > SheetJS: roomAb lab'1
ExcelJS > calamine: roomAb lab'1
ExcelJS > openpyxl: room_x0041_b lab_x0027_1
ExcelJS > xlsx2csv: room_x0041_b lab_x0027_1
SheetJS > ExcelJS: room_x0041_b lab_x0027_1
SheetJS > SheetJS: roomAb lab'1
SheetJS > calamine: roomAb lab'1
SheetJS > openpyxl: room_x0041_b lab_x0027_1
SheetJS > xlsx2csv: room_x0041_b lab_x0027_1
XlsxWriter > ExcelJS: room_x0041_b lab_x0027_1
XlsxWriter > SheetJS: room_x0041_b lab_x0027_1
XlsxWriter > calamine: room_x0041_b lab_x0027_1
XlsxWriter > openpyxl: room_x0041_b lab_x0027_1
XlsxWriter > xlsx2csv: room_x005F_x0041_b lab_x005F_x0027_1
openpyxl > ExcelJS: room_x0041_b lab_x0027_1
openpyxl > SheetJS: roomAb lab'1
openpyxl > calamine: roomAb lab'1
openpyxl > openpyxl: room_x0041_b lab_x0027_1
openpyxl > xlsx2csv: room_x0041_b lab_x0027_1
polars > ExcelJS: room_x0041_b lab_x0027_1
polars > SheetJS: room_x0041_b lab_x0027_1
polars > calamine: room_x0041_b lab_x0027_1
polars > openpyxl: room_x0041_b lab_x0027_1
polars > xlsx2csv: room_x005F_x0041_b lab_x005F_x0027_1
SEEN
[ "$(cat counted)" = "the same: 16 of 25" ]
