#!/usr/bin/env bash
# polars 2.1.0 (PyPI, of this year), `read_csv` with try_parse_dates=True, and `str.to_date()`, on days with a year of two digits.
#
# What one would expect: 01.02.27 is a day of 2027, or no day, and stays a text. (A guess was written down for the other forms: they would be
# the year 27, once 1.2.27 had been.)
#
# Seen: 01.02.27, 1.2.27 and 01/02/27 become 1 February of the year 27, 0027-02-01; 27-02-01 and 27/02/01 become 27 February of the year 1.
# No error, no warning. With a time beside it, 01.02.27 09:00, it is taken for a date with four digits for the year and then refused, and the
# whole file with it; so is 20270201T081500Z. pandas 3.1.1 says 2027 of the first three (the month first), and 2001 of the last two.
#
# What it means here: 0027-02-01 is long past, and such rows are refused as that. Where only the day has two digits for the year, ask polars with
# the format, `str.to_date("%d.%m.%y")`, which gives 2027.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install polars==2.1.0 pandas==3.1.1
cat > days.py <<'PYTHON'
import io, pandas, polars
for day in ["01.02.27", "1.2.27", "01/02/27", "28.02.27", "27-02-01", "27/02/01"]:
    column = polars.read_csv(io.StringIO(f"ref,day\nA-1,{day}\nA-2,{day}\n"), try_parse_dates=True)["day"]
    alone = polars.Series([day]).str.to_date()[0]
    print(f"{day}: {column[0]} ({column.dtype}), to_date: {alone}, pandas: {pandas.to_datetime(day):%Y-%m-%d}")
for start in ["01.02.27 09:00", "20270201T081500Z"]:
    try:
        print(polars.read_csv(io.StringIO(f"ref,start\nA-1,{start}\n"), try_parse_dates=True))
    except polars.exceptions.ComputeError as error:
        print(f"{start}:", str(error).rsplit("pattern", 1)[1].strip(" '`"))
print("with the format:", polars.Series(["01.02.27"]).str.to_date("%d.%m.%y")[0])
PYTHON
venv/bin/python -W ignore days.py | tee seen
diff seen - <<'SEEN'
01.02.27: 0027-02-01 (Date), to_date: 0027-02-01, pandas: 2027-01-02
1.2.27: 0027-02-01 (Date), to_date: 0027-02-01, pandas: 2027-01-02
01/02/27: 0027-02-01 (Date), to_date: 0027-02-01, pandas: 2027-01-02
28.02.27: 0027-02-28 (Date), to_date: 0027-02-28, pandas: 2027-02-28
27-02-01: 0001-02-27 (Date), to_date: 0001-02-27, pandas: 2001-02-27
27/02/01: 0001-02-27 (Date), to_date: 0001-02-27, pandas: 2001-02-27
01.02.27 09:00: DatetimeDMY
20270201T081500Z: DatetimeYMDZ
with the format: 2027-02-01
SEEN
