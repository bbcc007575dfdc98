"""Makes results and retry workbooks with roomkeeper and its sandbox, and hands them in again when they came back:
`round_xlsx.py PROGRAM WORK CONVERT…`, where the command CONVERT sends WORK/WAY/out/*.xlsx through the programs to WORK/WAY/back."""

import concurrent.futures
import datetime
import os
import pathlib
import shutil
import subprocess
import sys

import openpyxl

from round import BERLIN, EDITED, LATER, LESSONS, ROWS, STYLES, Place, expected, ref, title, user

# A person corrects the file in the program, as openpyxl does before it; ExcelJS cannot open what openpyxl saves with notes.
EDITED_AFTER = ["exceljs", "sheetjs"]
WAYS = ["calc-de-DE", "calc-en-US", "gnumeric", "openpyxl", "exceljs", "sheetjs"]
# True dates besides the texts of `round`: in one cell, and a day and a time apart.
CELLS = {name: cells for name, (cells, _) in STYLES.items()}
CELLS["date"] = lambda day: [day]
CELLS["dates-apart"] = lambda day: [day.date(), day.time()]
KINDS = ["results", "retry"]
# As roomkeeper wrote it, and with what a person corrects.
EDITS = ["as-is", "edited"]


def starts(style):
    return ["Day", "Begin"] if style.endswith("apart") else ["start_time"]


def rows_of(path):
    sheet = openpyxl.load_workbook(path).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def place_of(program, folder, style):
    place = Place(program, folder, {"date": "iso", "dates-apart": "apart"}.get(style, style))
    return place


def correct(path, style):
    """Corrects the titles of a file, and moves one lesson."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    for n in range(ROWS):
        sheet.cell(n + 2, at["room_name"]).value = title(n)
    for heading, cell in zip(starts(style), CELLS[style](LESSONS[EDITED] + LATER)):
        before = sheet.cell(2 + EDITED, at[heading])
        # What is typed over a date is one.
        if isinstance(before.value, datetime.datetime) and isinstance(cell, str):
            cell = datetime.datetime.fromisoformat(cell)
        before.value = cell
    book.save(path)


def hand_in(program, work, way, style, kind, edit):
    name = f"{style}-{kind}-{edit}"
    folder = work / way / name
    folder.mkdir(parents=True)
    for part in ("out", "back"):
        (work / way / part).mkdir(exist_ok=True)
    place = place_of(program, folder, style)
    book = openpyxl.Workbook()
    book.active.append(["ref", "user_id", "room_name", *starts(style), "duration", "moderators", "participants", "Hall"])
    for n, day in enumerate(LESSONS):
        book.active.append([ref(n), user(n), title(n) if kind == "results" else "x", *CELLS[style](day), 60, 1, 30, f"{2 + n // 30}.{11 + n % 30}"])
    book.save(folder / "a.xlsx")
    answer = place.run("a.xlsx")
    path = next(file for file in answer["files"] if f".{kind}." in file)
    assert path.endswith(".xlsx"), path
    out = work / way / "out" / f"{name}.xlsx"
    shutil.copy(path, out)
    if edit == "edited" and way not in EDITED_AFTER:
        correct(out, style)
    return place


def take_back(place, work, way, style, kind, edit):
    name = f"{style}-{kind}-{edit}"
    shutil.copy(work / way / "back" / f"{name}.xlsx", place.folder / "b.xlsx")
    if edit == "edited" and way in EDITED_AFTER:
        correct(place.folder / "b.xlsx", style)
    answer = place.run("b.xlsx")
    results = [file for file in answer["files"] if ".results." in file]
    if not results:
        return {"rows": 0, "wrong": 0, "second": 0, "refused": ROWS, "why": [answer["run"].get("error") or "the file was refused"]}
    rows = rows_of(results[0])
    meetings = {meeting["meeting_id"]: meeting for meeting in place.meetings()}
    is_untouched_retry = kind == "retry" and edit == "as-is"
    wrong, refused, why = 0, 0, []
    for n, row in enumerate(rows):
        moved = n == EDITED and edit == "edited"
        if is_untouched_retry:
            # The mistakes are the same as before, and nothing is made.
            if row["status"] != "invalid":
                wrong += 1
                why.append(f"WRONG {row}")
            continue
        if row["status"] in ("invalid", "failed", "unknown", "not_run"):
            refused += 1
            why.append(row["error"])
            continue
        meeting = meetings.get(row["meeting_id"])
        good = "created" if kind == "retry" else "updated" if moved else "unchanged"
        start = expected(n) if moved else expected_at(n)
        if not (meeting and row["ref"] == ref(n) and row["status"] == good and (meeting["user_id"], meeting["room_name"], meeting["start_time"], meeting["duration"]) == (user(n), title(n), start, 60)):
            wrong += 1
            why.append(f"WRONG {row['ref']} {row['status']} {row['error']} {meeting}")
    return {"rows": len(rows), "wrong": wrong, "second": max(0, len(meetings) - (0 if is_untouched_retry else ROWS)), "refused": refused, "why": why}


def expected_at(n):
    day = LESSONS[n].replace(tzinfo=BERLIN).astimezone(datetime.timezone.utc)
    return day.strftime("%Y-%m-%d %H:%M:%S")


def main():
    program, work, *convert = sys.argv[1:]
    work = pathlib.Path(work)
    combinations = [(style, kind, edit) for style in CELLS for kind in KINDS for edit in EDITS]
    total = {"combinations": 0, "rows": 0, "wrong": 0, "second": 0, "refused": 0}
    print(f"{'way':11} {'dates':11} {'file':8} {'':7} {'rows':>4} {'silently wrong':>14} {'second meetings':>15} {'refused':>7}  why")
    for way in os.environ.get("WAYS", "").split() or WAYS:
        # A sandbox for each combination.
        with concurrent.futures.ThreadPoolExecutor(4) as several:
            places = list(several.map(lambda one: hand_in(program, work, way, *one), combinations))
            try:
                subprocess.run([*convert, way], check=True)
                taken = several.map(lambda one: take_back(one[0], work, way, *one[1]), zip(places, combinations))
                for (style, kind, edit), counts in zip(combinations, taken):
                    reasons = [why for why in counts["why"] if why.startswith("WRONG")] or counts["why"]
                    first = "  " + reasons[0][:200] if reasons else ""
                    print(f"{way:11} {style:11} {kind:8} {edit:7} {counts['rows']:4} {counts['wrong']:14} {counts['second']:15} {counts['refused']:7}{first}", flush=True)
                    counts["combinations"] = 1
                    for key in total:
                        total[key] += counts[key]
            finally:
                for place in places:
                    place.end()
    print(f"\n{total['combinations']} combinations: {total}")


main()
