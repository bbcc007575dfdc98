#!/usr/bin/env bash
# calcurse 4.7.1 (Debian 12, package calcurse 4.7.1-1), which imports a calendar file and lists days for scripts, on lessons that are left
# out or moved.
#
# Guess before it was run: the zone of the file is not heeded; the number of lessons (COUNT) and the days left out (EXDATE) are kept.
#
# Seen: the zone is heeded. A day left out is caught up at the end: COUNT=6 less one is six lessons, and the sixth is a week after the last
# that the file has (four weeks where two of every other week were left out). calcurse counts the lessons that are left, where RFC 5545
# (3.8.5.1) takes EXDATE out of the six. A lesson that was moved (RECURRENCE-ID) is there twice, at the old time and at the new, and an extra
# one (RDATE) is missing. The import says "0 skipped".
#
# What it means here: a timetable made from such a list has a meeting after the last lesson for each holiday, and rooms for lessons that were
# moved away. Compare the last day of each class before it goes into the inbox.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
mapfile -t needed < <(apt-get install --simulate --no-install-recommends calcurse=4.7.1-1 | awk '$1 == "Inst" && $2 != "calcurse" { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq calcurse=4.7.1-1 "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
event() { printf '%s\r\n' BEGIN:VEVENT "UID:$1@here.example" DTSTAMP:20261129T000000Z "SUMMARY:$1" "${@:2}" DURATION:PT1H END:VEVENT; }
at() { echo "$1;TZID=Europe/Berlin:$2"; }
{
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//here.example//lessons//EN
    event whole "$(at DTSTART 20270201T090000)" 'RRULE:FREQ=WEEKLY;COUNT=6'
    event one-left-out "$(at DTSTART 20270201T090000)" 'RRULE:FREQ=WEEKLY;COUNT=6' "$(at EXDATE 20270215T090000)"
    event two-left-out "$(at DTSTART 20270201T090000)" 'RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=6' "$(at EXDATE 20270215T090000)" "$(at EXDATE 20270301T090000)"
    event moved "$(at DTSTART 20270201T090000)" 'RRULE:FREQ=WEEKLY;COUNT=3'
    event moved "$(at RECURRENCE-ID 20270208T090000)" "$(at DTSTART 20270209T110000)"
    event extra "$(at DTSTART 20270201T090000)" 'RRULE:FREQ=WEEKLY;COUNT=2' "$(at RDATE 20270204T090000)"
    printf '%s\r\n' END:VCALENDAR
} > lessons.ics
mkdir data  # Dates are in calcurse's first form, month/day/year.
unshare --mount bash -euc "
    mount -t overlay overlay -o 'lowerdir=$work/package/usr:/usr' /usr
    export TZ=Europe/Berlin LC_ALL=C.UTF-8
    calcurse -D data -C data -i lessons.ics
    calcurse -D data -C data -Q --from 02/01/2027 --days 120 --filter-type cal --format-apt '%(start:%m-%d_%H:%M) %m\n' \
        --format-recur-apt '%(start:%m-%d_%H:%M) %m\n' > days
" < /dev/null > said 2>&1 || { cat said; exit 1; }
grep -o '[0-9]* skipped' said
awk 'NF == 2 { days[$2] = days[$2] " " $1 } END { for (name in days) print name ":" days[name] }' days | sort | tee seen
diff seen - <<'SEEN'
extra: 02-01_09:00 02-08_09:00
moved: 02-01_09:00 02-08_09:00 02-09_11:00 02-15_09:00
one-left-out: 02-01_09:00 02-08_09:00 02-22_09:00 03-01_09:00 03-08_09:00 03-15_09:00
two-left-out: 02-01_09:00 03-15_09:00 03-29_09:00 04-12_09:00 04-26_09:00 05-10_09:00
whole: 02-01_09:00 02-08_09:00 02-15_09:00 02-22_09:00 03-01_09:00 03-08_09:00
SEEN
