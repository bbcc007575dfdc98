// Opens a workbook with a library of npm and saves it again, as its first example has it: `open_xlsx.cjs WAY OUT BACK`.
"use strict";
const [way, out, back] = process.argv.slice(2);
if (way === "exceljs") {
    const ExcelJS = require("exceljs");
    const book = new ExcelJS.Workbook();
    book.xlsx.readFile(out).then(() => book.xlsx.writeFile(back));
} else if (way === "sheetjs") {
    const XLSX = require("xlsx");
    XLSX.writeFile(XLSX.readFile(out), back);
} else {
    throw new Error(`open_xlsx: no such way: ${way}`);
}
