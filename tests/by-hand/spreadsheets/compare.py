"""Compares what came back with what went out: `compare.py OUT BACK VERSIONS TABLE`.

Writes the cells that changed to TABLE, two to a kind of column, and prints how many of the 60 changed, by program, locale and kind.
"""

import collections
import csv
import pathlib
import sys

KEPT = 2  # cells of one kind, besides those that changed in a way of their own


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def shape(cell):
    """Returns the cell with 9 for each digit and a for each letter, runs of them as one, so that like changes look alike."""
    kinds = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in cell)
    return "".join(c for n, c in enumerate(kinds) if n == 0 or c not in "9a" or kinds[n - 1] != c)


out_path, back_folder, versions_path, table_path = sys.argv[1:]
out = read(out_path)
versions = dict(line.strip().split(",") for line in open(versions_path))
# (program, kind, original, returned) -> the locales that do so
changes = collections.defaultdict(list)
counts = collections.defaultdict(dict)
for path in sorted(pathlib.Path(back_folder).glob("*.csv")):
    program, _, locale = path.stem.partition(",")
    back = read(path)
    assert len(back) == len(out), (path, len(back))
    if "sort" in locale or program == "csvkit":
        by_token = {row["token"]: row for row in back}
        back = [by_token[row["token"]] for row in out]
    seen = set()
    for kind in out[0]:
        pairs = [(a[kind], b[kind]) for a, b in zip(out, back) if a[kind] != b[kind]]
        counts[program, locale][kind] = len(pairs)
        # The first of each way to change, the last of all; what another column has shown is not told again.
        ways = {}
        for original, returned in pairs:
            ways.setdefault((shape(original), shape(returned)), (original, returned))
        chosen = list(ways.values())[:KEPT] + pairs[-1:]
        for pair in dict.fromkeys(chosen):
            if pair not in seen:
                seen.add(pair)
                changes[program, kind, *pair].append(locale)
    if not any(counts[program, locale].values()):
        changes[program, "token", out[0]["token"], out[0]["token"]].append(locale)

with open(table_path, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["program", "version", "locale", "kind", "original", "returned"])
    order = list(out[0])
    for (program, kind, original, returned), locales in sorted(changes.items(), key=lambda item: (item[0][0].lower(), order.index(item[0][1]))):
        writer.writerow([program, versions[program], "; ".join(locales), kind, original, returned])

for (program, locale), kinds in counts.items():
    changed = "  ".join(f"{kind} {number}" for kind, number in kinds.items() if number)
    print(f"{program} {versions[program]}{', ' + locale if locale else ''}: {changed or 'nothing changed'}")
whole = [kind for kind in out[0] if kind.startswith("token") and not any(kinds[kind] for kinds in counts.values())]
print(f"\n{len(counts)} ways; came back whole from all of them: {' '.join(whole)}")
