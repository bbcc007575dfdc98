"""Opens a CSV with a library of PyPI and saves it again, as its first example has it: `open.py WAY OUT BACK`."""

import subprocess
import sys

way, out, back = sys.argv[1:]


def of(program):
    """Names the program that a package put beside this Python."""
    return sys.executable.rsplit("/", 1)[0] + "/" + program


def run(*command):
    """Runs a program that writes to its output."""
    with open(back, "w", newline="") as file:
        subprocess.run([of(command[0]), *command[1:]], stdout=file, check=True)


if way == "pandas":
    import pandas

    pandas.read_csv(out).to_csv(back, index=False)
elif way == "pandas-workbook":
    import pandas

    pandas.read_csv(out).to_excel("pandas.xlsx", index=False)
    pandas.read_excel("pandas.xlsx", engine="openpyxl").to_csv(back, index=False)
elif way == "polars":
    import polars

    polars.read_csv(out).write_csv(back)
elif way == "polars-dates":
    import polars

    # It takes start_basic for dates and cannot read what it took for one: the whole file is refused.
    polars.read_csv(out, try_parse_dates=True, schema_overrides={"start_basic": polars.String}).write_csv(back)
elif way == "duckdb":
    import duckdb

    duckdb.sql("SET TimeZone = 'Europe/Berlin'")
    duckdb.read_csv(out).write_csv(back)
elif way == "csvkit":
    run("csvsort", "--columns", "token", out)
elif way == "csvkit-de":
    run("csvsort", "--locale", "de_DE", "--columns", "token", out)
elif way == "csvkit-no-inference":
    run("csvsort", "--no-inference", "--columns", "token", out)
elif way == "csvkit-no-inference-blanks":
    run("csvsort", "--no-inference", "--blanks", "--columns", "token", out)
elif way == "visidata":
    subprocess.run([of("vd"), "--batch", "--output", back, out], check=True, stdin=subprocess.DEVNULL)
elif way == "pyexcel":
    import pyexcel

    pyexcel.save_as(file_name=out, dest_file_name=back)
else:
    sys.exit(f"spreadsheets: no such way: {way}")
