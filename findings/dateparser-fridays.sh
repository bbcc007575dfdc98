#!/usr/bin/env bash
# dateparser 1.5.0 (PyPI, of this year), on the days of 2027 as a timetable has them, with the weekday in front: "Mo, 01.02.2027".
#
# Guess before it was run: "Mo, 01.02.2027" is 1 February, since Mo says that it is German; 01.02.2027 alone is 2 January. For the whole year, after
# Fridays and Saturdays of one week had been seen: those are wrong up to the 12th of a month, and right after it. Of Dutch days (ma di wo do vr
# za zo) Tuesday, Thursday and Saturday are wrong, and of French, Italian and Spanish ones none.
#
# Seen: of German days 21 Fridays and 20 Saturdays of the year are in another month, "Fr, 05.02.2027" on 2 May, and all other days are right,
# "Fr, 26.02.2027" too. Fr and Sa are short for an English weekday, too, and English, where the month comes first, is tried before German.
# Dutch, French, Italian and Spanish days are all right. (Monday of a week by number, 2027-W05-1, is 1 May.)
#
# What it means here: the lessons of some weekdays move to another month, and the others stay where they are; no error, and each start is a start
# like any other. Name the language (languages=["de"]), and all days of the year are right.
#
# Needs python3 with venv, and PyPI. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install dateparser==1.5.0 regex==2026.11.19 tzlocal==5.4.5 python-dateutil==2.9.0.post0 pytz==2026.6
cat > days.py <<'PYTHON'
import collections, datetime, dateparser
year = [datetime.date(2027, 1, 1) + datetime.timedelta(days=n) for n in range(365)]
tables = {
    "German": ("Mo, Di, Mi, Do, Fr, Sa, So,", "%d.%m.%Y", "de"),
    "Dutch": ("ma di wo do vr za zo", "%d-%m-%Y", "nl"),
    "French": ("lun. mar. mer. jeu. ven. sam. dim.", "%d/%m/%Y", "fr"),
    "Italian": ("lun mar mer gio ven sab dom", "%d/%m/%Y", "it"),
    "Spanish": ("lun mar mié jue vie sáb dom", "%d/%m/%Y", "es"),
}
for name, (weekdays, form, language) in tables.items():
    weekdays = weekdays.split()
    wrong, named = collections.Counter(), 0
    for day in year:
        text = f"{weekdays[day.weekday()]} {day.strftime(form)}"
        read = dateparser.parse(text)
        if read is None or read.date() != day:
            wrong[weekdays[day.weekday()].strip(",.") + ("" if read else " (none)")] += 1
        read = dateparser.parse(text, languages=[language])
        named += read is None or read.date() != day
    print(f"{name}: wrong", *[f"{weekday} {count}" for weekday, count in wrong.items()] or ["none"], f"/ with the language named {named}")
for text in ["01.02.2027", "Mo, 01.02.2027", "Fr, 05.02.2027", "Fr, 26.02.2027", "2027-W05-1"]:
    print(text, dateparser.parse(text).date())
PYTHON
TZ=UTC LC_ALL=C.UTF-8 venv/bin/python -W ignore days.py | tee seen
diff seen - <<'SEEN'
German: wrong Sa 20 Fr 21 / with the language named 0
Dutch: wrong none / with the language named 0
French: wrong none / with the language named 0
Italian: wrong none / with the language named 0
Spanish: wrong none / with the language named 0
01.02.2027 2027-01-02
Mo, 01.02.2027 2027-02-01
Fr, 05.02.2027 2027-05-02
Fr, 26.02.2027 2027-02-26
2027-W05-1 2027-05-01
SEEN
