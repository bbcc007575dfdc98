#!/usr/bin/env bash
# Aspose.Cells FOSS 26.10.0 (PyPI, package aspose-cells-foss, of October 2026), on workbooks that openpyxl 3.1.5, PyExcelerate 0.13.0 and XlsxWriter 3.3.1
# wrote, saved as CSV and as .xlsx again.
#
# Guess before it was run, after the texts of one file by openpyxl had been seen to be gone: those of openpyxl alone are missing, and of no other
# library; dates and numbers are right in all, and a length of 90 minutes is 1:30:00.
#
# Seen: openpyxl and PyExcelerate keep a text in its cell (the type "inlineStr", ECMA-376, 18.18.11), XlsxWriter in a list beside the sheet, and with
# constant_memory in its cell, too. Aspose.Cells FOSS knows the list alone: of the other three every text is blank, the headings, too, and numbers
# and dates are there. Saved again as .xlsx, after one cell was filled in, the texts are gone for good. No error, no warning. A length of 1:30
# (`[hh]:mm:ss`, as openpyxl keeps one) is `[01]:30:00` in the CSV, and 26 hours are `[02]:00:00`; a start by PyExcelerate is 46419.375.
# python-calamine 0.9.1 reads all texts of the four.
#
# What it means here: roomkeeper's own workbooks (results, exports) have their texts in the cells, as with constant_memory. One that went through Aspose.Cells
# FOSS has neither titles nor ids nor errors, and no column `row` by which a corrected one is known again. roomkeeper refuses it, since there is
# no column for the title, and so it does a timetable by openpyxl; with `headings` for its columns, each row by itself. `[02]:00:00` is no
# length to it. The file as it was before is the only one that has the titles. For such a program ask for results as CSV.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install aspose-cells-foss==26.10.0 openpyxl==3.1.5 PyExcelerate==0.13.0 XlsxWriter==3.3.1 python-calamine==0.9.1
cat > write.py <<'PYTHON'
import datetime, openpyxl, pyexcelerate, xlsxwriter
lengths = [datetime.timedelta(minutes=90), datetime.timedelta(hours=26)]
rows = [["ref", "room_name", "start_time", "seats"]]
rows += [["A-1", "Algebra", datetime.datetime(2027, 2, 1, 9), 30], ["A-2", "Biology", datetime.datetime(2027, 2, 2, 10, 45), 20]]
book = openpyxl.Workbook()
for row, length in zip(rows, ["duration", *lengths]):
    book.active.append([*row, length])
book.save("openpyxl.xlsx")
book = pyexcelerate.Workbook()
book.new_sheet("lessons", data=rows)
book.save("pyexcelerate.xlsx")
for name, constant in [("xlsxwriter", False), ("constant_memory", True)]:
    book = xlsxwriter.Workbook(f"{name}.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm", "constant_memory": constant})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
PYTHON
cat > read.py <<'PYTHON'
import pathlib, warnings, python_calamine
from aspose.cells_foss import Workbook
warnings.simplefilter("error")
def texts(name):
    rows = python_calamine.CalamineWorkbook.from_path(name).get_sheet_by_index(0).to_python()
    return sum(isinstance(cell, str) and cell not in ("", "checked") for row in rows for cell in row)
for name in ["openpyxl", "pyexcelerate", "xlsxwriter", "constant_memory"]:
    book = Workbook(f"{name}.xlsx")
    book.save(f"{name}.csv")
    book.worksheets[0].cells["H1"].value = "checked"
    book.save(f"{name}-again.xlsx")
    print(f"{name}: texts, by calamine: {texts(f'{name}.xlsx')}; saved again by Aspose.Cells FOSS: {texts(f'{name}-again.xlsx')}")
    print(pathlib.Path(f"{name}.csv").read_text().strip("\n"))
PYTHON
venv/bin/python write.py
venv/bin/python read.py 2>&1 | tee seen
diff seen - <<'SEEN'
openpyxl: texts, by calamine: 9; saved again by Aspose.Cells FOSS: 0
,,,,
,,2027-02-01 9:00:00,30,[01]:30:00
,,2027-02-02 10:45:00,20,[02]:00:00
pyexcelerate: texts, by calamine: 8; saved again by Aspose.Cells FOSS: 0
,,,
,,46419.375,30
,,46420.44792,20
xlsxwriter: texts, by calamine: 8; saved again by Aspose.Cells FOSS: 8
ref,room_name,start_time,seats
A-1,Algebra,2027-02-01 09:00,30
A-2,Biology,2027-02-02 10:45,20
constant_memory: texts, by calamine: 8; saved again by Aspose.Cells FOSS: 0
,,,
,,2027-02-01 09:00,30
,,2027-02-02 10:45,20
SEEN
