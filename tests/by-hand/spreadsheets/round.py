"""Makes results and retry files with roomkeeper and its sandbox, edits one row of each as a person does, and hands them in again when they
came back: `round.py PROGRAM WORK CONVERT…`, where the command CONVERT sends WORK/WAY/out/*.csv through the programs to WORK/WAY/back."""

import concurrent.futures
import csv
import datetime
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request
import zoneinfo

ROWS = 60
EDITED = 6
WAYS = ["calc-de-DE-false", "calc-de-DE-true", "calc-en-US-true", "gnumeric-de_DE", "gnumeric-en_US", "pandas", "polars-dates", "csvkit", "exceljs"]
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
YEAR = datetime.date.today().year + 1
LESSONS = [datetime.datetime(YEAR, 2, 1, 8, 15) + datetime.timedelta(days=3 * n, minutes=45 * (n % 9)) for n in range(ROWS)]
LATER = datetime.timedelta(minutes=100)


def utc(day):
    return day.replace(tzinfo=BERLIN).astimezone(datetime.timezone.utc).replace(tzinfo=None)


# The ways to write a start, and the job's date_formats for each; two cells where day and time stand apart.
STYLES = {
    "iso": (lambda day: [day.strftime("%Y-%m-%d %H:%M")], []),
    "german": (lambda day: [day.strftime("%d.%m.%Y %H:%M")], ["%d.%m.%Y %H:%M"]),
    "british": (lambda day: [day.strftime("%d/%m/%Y %H:%M")], ["%d/%m/%Y %H:%M"]),
    "american": (lambda day: [day.strftime("%m/%d/%Y %-I:%M %p")], ["%m/%d/%Y %I:%M %p"]),
    "zulu": (lambda day: [utc(day).strftime("%Y-%m-%dT%H:%M:%SZ")], []),
    "offset": (lambda day: [day.replace(tzinfo=BERLIN).isoformat()], []),
    "apart": (lambda day: [day.strftime("%d.%m.%Y"), day.strftime("%H:%M")], ["%d.%m.%Y %H:%M"]),
}
KINDS = ["results", "retry"]
# Ids as schools have them: zeros in front, long, with what could be an exponent, a date or a month.
REFS = [lambda n: f"{n:04}", lambda n: f"{12345678901234567 + 7919 * n}", lambda n: f"{n}E{n % 9}x", lambda n: f"{n:02}-{n % 12 + 1:02}-a", lambda n: f"MAR-{n}"]


def ref(n):
    return REFS[n % len(REFS)](n + 1)


def user(n):
    return f"{27 + 13 * (n % 20):05}"


class Place:
    """A folder with a configuration, and a sandbox of its own."""

    def __init__(self, program, folder, style):
        self.program, self.folder = program, folder
        formats = json.dumps(STYLES[style][1])
        columns = 'columns = { start_time = ["Day", "Begin"] }\n' if style == "apart" else ""
        command = [program, "sandbox", "--listen", "127.0.0.1:0", "--no-slips", "--users", "1000", "--numbered-users"]
        self.sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.sandbox.stdout.readline().split()[-1]
        (folder / "config.toml").write_text(
            f'timezone = "Europe/Berlin"\n[api]\nbase_url = "{self.url}"\napp_id = "sandbox"\napp_key = {{ env = "APP_KEY" }}\n'
            f'rate_limit = "none"\n[state]\ndirectory = "state"\n[schedule_meetings.timetable]\ndate_formats = {formats}\n{columns}'
        )

    def run(self, file):
        environment = {"PATH": os.environ["PATH"], "APP_KEY": KEY, "ROOMKEEPER_CONFIG": str(self.folder / "config.toml"), "TMPDIR": "/tmp"}
        command = [self.program, "import", "--json", file]
        ran = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        if not ran.stdout.strip():
            raise SystemExit(f"round: {self.folder}: {ran.stderr}")
        return json.loads(ran.stdout)

    def meetings(self):
        address = self.url.split("/ucaas")[0] + "/_sandbox/state"
        with urllib.request.urlopen(address) as answer:
            return [meeting for meeting in json.load(answer)["meetings"] if not meeting["cancelled"]]

    def end(self):
        self.sandbox.terminate()
        self.sandbox.wait()


KEY = os.environ.get("ROOMKEEPER_SANDBOX_KEY", "sandbox-key")


def read(path):
    text = pathlib.Path(path).read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def title(n):
    return f"Lesson {n}"


def hand_in(program, work, way, style, kind):
    name = f"{style}-{kind}"
    folder = work / way / name
    folder.mkdir(parents=True)
    for part in ("out", "back"):
        (work / way / part).mkdir(exist_ok=True)
    place = Place(program, folder, style)
    cells, _ = STYLES[style]
    starts = ["Day", "Begin"] if style == "apart" else ["start_time"]
    with open(folder / "a.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ref", "user_id", "room_name", *starts, "duration", "moderators", "participants", "Hall"])
        for n, day in enumerate(LESSONS):
            writer.writerow([ref(n), user(n), title(n) if kind == "results" else "x", *cells(day), 60, 1, 30, f"{2 + n // 30}.{11 + n % 30}"])
    answer = place.run("a.csv")
    path = next(file for file in answer["files"] if f".{kind}." in file)
    rows = read(path)
    headings = rows[0]
    # A person corrects the titles of a retry file, and moves one lesson, each as the file has it.
    for n, row in enumerate(rows[1:]):
        row[headings.index("room_name")] = title(n)
    for heading, cell in zip(starts, cells(LESSONS[EDITED] + LATER)):
        rows[1 + EDITED][headings.index(heading)] = cell
    with open(work / way / "out" / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return place


def expected(n):
    return utc(LESSONS[n] + (LATER if n == EDITED else datetime.timedelta())).strftime("%Y-%m-%d %H:%M:%S")


def take_back(place, work, way, style, kind):
    name = f"{style}-{kind}"
    shutil.copy(work / way / "back" / f"{name}.csv", place.folder / "b.csv")
    answer = place.run("b.csv")
    results = [file for file in answer["files"] if ".results." in file]
    if not results:
        return {"rows": 0, "wrong": 0, "second": 0, "refused": ROWS, "why": [answer["run"].get("error") or "the file was refused"]}
    rows = read(results[0])
    rows = [dict(zip(rows[0], row)) for row in rows[1:]]
    refused = [row for row in rows if row["status"] in ("invalid", "failed", "unknown", "not_run")]
    by_ref = {ref(n): n for n in range(ROWS)}
    wrong, why = 0, [row["error"] for row in refused]
    meetings = {meeting["meeting_id"]: meeting for meeting in place.meetings()}
    for row in rows:
        if row in refused:
            continue
        n = by_ref.get(row["ref"])
        meeting = meetings.get(row["meeting_id"])
        good = "created" if kind == "retry" else "updated" if n == EDITED else "unchanged"
        is_right = n is not None and meeting and row["status"] == good and (meeting["user_id"], meeting["room_name"], meeting["start_time"], meeting["duration"]) == (user(n), title(n), expected(n), 60)
        if not is_right:
            wrong += 1
            why.append(f"WRONG {row['ref']} {row['status']} {meeting}")
    second = max(0, len(meetings) - ROWS)
    return {"rows": len(rows), "wrong": wrong, "second": second, "refused": len(refused), "why": why}


def main():
    program, work, *convert = sys.argv[1:]
    work = pathlib.Path(work)
    combinations = [(way, style, kind) for way in WAYS for style in STYLES for kind in KINDS]
    total = {"rows": 0, "wrong": 0, "second": 0, "refused": 0}
    over = 0
    with concurrent.futures.ThreadPoolExecutor(4) as several:
        places = list(several.map(lambda one: hand_in(program, work, *one), combinations))
        try:
            subprocess.run(convert, check=True)
            print(f"{'way':16} {'dates':9} {'file':8} {'rows':>4} {'silently wrong':>14} {'second meetings':>15} {'refused':>7}  why")
            taken = several.map(lambda one: take_back(one[0], work, *one[1]), zip(places, combinations))
            for (way, style, kind), counts in zip(combinations, taken):
                reasons = [why for why in counts["why"] if why.startswith("WRONG")] or counts["why"]
                first = "  " + reasons[0][:150] if reasons else ""
                print(f"{way:16} {style:9} {kind:8} {counts['rows']:4} {counts['wrong']:14} {counts['second']:15} {counts['refused']:7}{first}", flush=True)
                for key in total:
                    total[key] += counts[key]
                over += counts["refused"] > ROWS * 5 // 100
        finally:
            for place in places:
                place.end()
    print(f"\n{len(combinations)} combinations: {total}; {over} with more than 5 % refused")


if __name__ == "__main__":
    main()
