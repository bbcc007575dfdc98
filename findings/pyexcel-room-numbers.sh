#!/usr/bin/env bash
# pyexcel 0.7.6 with pyexcel-io 0.6.8 (PyPI, of 2026; lml 0.2.0), on a CSV whose cells have commas as decimal signs, that is read and saved.
#
# What one would expect: "1,5" is a text or 1.5, by itself or by a setting. (Guess, after `1,5` had been seen once to become 15: the
# comma goes from every number, so `0,75` is 75 and `-1,5` is -15.)
#
# Seen: the comma goes only where what is left is a number that begins with neither zero nor sign: `1,5` is 15, `2,11` is 211, `1,0` is 10
# and `1,5,2` is 152, while `0,75`, `-1,5` and `01,5` beside them stay texts. So one column holds both, a hundred times too much and whole.
# Nothing is told. `auto_detect_int=False` leaves all of them as they are.
#
# What it means here: schools number rooms "2,11" where the comma is the decimal sign, and lengths in hours come as "1,5". A `ref`, a title or
# a length is another one afterwards, and no program that reads the saved file can tell.
#
# Needs python3 with venv and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install pyexcel==0.7.6 pyexcel-io==0.6.8 lml==0.2.0
printf '%s\n' hours '"1,5"' '"2,11"' '"1,0"' '"1,5,2"' '"0,75"' '"-1,5"' '"01,5"' 1.5 > before.csv
cat > save.py <<'PYTHON'
import pyexcel
pyexcel.save_as(file_name="before.csv", dest_file_name="after.csv")
pyexcel.save_as(file_name="before.csv", dest_file_name="without.csv", auto_detect_int=False)
PYTHON
venv/bin/python save.py
tr -d '\r' < after.csv | tee seen
diff seen - <<'SEEN'
hours
15
211
10
152
"0,75"
"-1,5"
"01,5"
1.5
SEEN
tr -d '\r' < without.csv | diff before.csv -
echo "as stated"
