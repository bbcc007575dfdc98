"""Opens a CSV with a library of PyPI and saves it again, as its first example has it: `round_open.py WAY OUT BACK`."""

import subprocess
import sys

way, out, back = sys.argv[1:]
if way == "pandas":
    import pandas

    pandas.read_csv(out).to_csv(back, index=False)
elif way == "polars-dates":
    import polars

    polars.read_csv(out, try_parse_dates=True).write_csv(back)
elif way == "csvkit":
    with open(back, "w", newline="") as file:
        program = sys.executable.rsplit("/", 1)[0] + "/csvsort"
        subprocess.run([program, "--columns", "row", out], stdout=file, check=True)
else:
    sys.exit(f"round: no such way: {way}")
