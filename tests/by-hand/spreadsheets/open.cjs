// Opens a CSV with a library of npm and saves it again, as its first example has it: `open.cjs WAY OUT BACK`.
const { readFileSync, writeFileSync } = require("node:fs");
const [way, out, back] = process.argv.slice(2);
const ways = {
    async exceljs() {
        const { Workbook } = require("exceljs");
        const book = new Workbook();
        await book.csv.readFile(out);
        await book.csv.writeFile(back);
    },
    async sheetjs() {
        const { readFile, utils } = require("xlsx");
        const book = readFile(out);
        writeFileSync(back, utils.sheet_to_csv(book.Sheets[book.SheetNames[0]]));
    },
    async "sheetjs-raw"() {
        const { readFile, utils } = require("xlsx");
        const book = readFile(out, { raw: true });
        writeFileSync(back, utils.sheet_to_csv(book.Sheets[book.SheetNames[0]]));
    },
    async papaparse() {
        const { parse, unparse } = require("papaparse");
        writeFileSync(back, unparse(parse(readFileSync(out, "utf8"), { header: true, dynamicTyping: true, skipEmptyLines: true }).data));
    },
    async "papaparse-texts"() {
        const { parse, unparse } = require("papaparse");
        writeFileSync(back, unparse(parse(readFileSync(out, "utf8"), { header: true, skipEmptyLines: true }).data));
    },
};
ways[way]().catch((error) => { console.error(error); process.exit(1); });
