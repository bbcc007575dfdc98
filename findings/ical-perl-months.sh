#!/usr/bin/env bash
# iCal::Parser 1.21 and Data::ICal::DateTime 0.82 (Debian 12, packages libical-parser-perl 1.21-3 and libdata-ical-datetime-perl 0.82-3), which both ask
# DateTime::Event::ICal 0.13 (libdatetime-event-ical-perl 0.13-2) for the days of a rule, on lessons that are held in some months of the year alone.
#
# Guess before it was run: iCal::Parser, which leaves VTIMEZONE out, as its manual says, is wrong by the zone, and by nothing else. After the first
# weekly rule had been seen to have one day of 13: Data::ICal::DateTime has the same, a daily rule with months is right, and a rule that ends with
# the last lesson (UNTIL) lacks that one.
#
# Seen: where a weekly or monthly rule names months (BYMONTH), only those of its days are left that have the day of the month on which it began: of the
# Mondays from January to March, from the 4th on, the 4th of January alone, and of the Mondays and Wednesdays none but that. With INTERVAL=2 both raise
# an error. A daily and a yearly rule for the same Mondays are right. Where UNTIL is the last lesson's own start, in UTC, as RFC 5545 (3.3.10) has it for
# a start with a zone, the last lesson is missing, in summer and in winter; with the end of that day it is there. No error, no warning.
# recurring-ical-events 3.8.2 (PyPI, with icalendar 7.3.2) has the days of the guess.
#
# What it means here: a timetable that a script made with one of these has one lesson of a whole term, or none in the term's last week. To
# roomkeeper a lesson without a row is no error, and no meeting is made for it. Count the rows of a class before they go into the inbox.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs, python3 with venv, and PyPI. Ends with 1 if the
# behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
wanted=(libical-parser-perl=1.21-3 libdata-ical-datetime-perl=0.82-3 libdatetime-event-ical-perl=0.13-2)
mapfile -t needed < <(apt-get install --simulate --no-install-recommends "${wanted[@]}" | awk '$1 == "Inst" { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq "${wanted[@]}" "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install recurring-ical-events==3.8.2 icalendar==7.3.2
zone=(BEGIN:VTIMEZONE TZID:Europe/Berlin
    BEGIN:DAYLIGHT DTSTART:19960331T020000 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU' TZOFFSETFROM:+0100 TZOFFSETTO:+0200 END:DAYLIGHT
    BEGIN:STANDARD DTSTART:19961027T030000 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU' TZOFFSETFROM:+0200 TZOFFSETTO:+0100 END:STANDARD
    END:VTIMEZONE)
number=0
while read -r start rule; do
    number=$((number + 1))
    event=(BEGIN:VEVENT "UID:$number@here.example" DTSTAMP:20261129T000000Z SUMMARY:Algebra "DTSTART;TZID=Europe/Berlin:$start" DURATION:PT1H)
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//here.example//lessons//EN "${zone[@]}" "${event[@]}" "RRULE:$rule" END:VEVENT END:VCALENDAR \
        > "$number.ics"
done <<'RULES'
20270104T080000 FREQ=WEEKLY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
20270104T080000 FREQ=WEEKLY;BYMONTH=1,2,3;BYDAY=MO,WE;UNTIL=20270630T215959Z
20270104T080000 FREQ=WEEKLY;INTERVAL=2;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
20270104T080000 FREQ=MONTHLY;BYMONTH=1,3,5;BYDAY=1MO;UNTIL=20270630T215959Z
20270104T080000 FREQ=DAILY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
20270104T080000 FREQ=YEARLY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
20270104T080000 FREQ=WEEKLY;BYDAY=MO;UNTIL=20270125T070000Z
20270503T080000 FREQ=WEEKLY;BYDAY=MO;UNTIL=20270524T060000Z
20270104T080000 FREQ=WEEKLY;BYDAY=MO;UNTIL=20270125T225959Z
RULES
cat > days.pl <<'PERL'
use strict;
use warnings;
use Data::ICal;
use Data::ICal::DateTime;
use DateTime;
use DateTime::Span;
use iCal::Parser;
my ($first, $last) = map { DateTime->new(year => $_, month => 1, day => 1) } 2027, 2028;
my %read = (
    "iCal::Parser" => sub {
        my $years = iCal::Parser->new(start => $first, end => $last)->parse(shift)->{events};
        map { $_->{DTSTART} } map { values %$_ } map { values %$_ } map { values %$_ } values %$years;
    },
    "Data::ICal::DateTime" => sub { map { $_->start } Data::ICal->new(filename => shift)->events(DateTime::Span->from_datetimes(start => $first, end => $last)) },
);
for my $file (@ARGV) {
    for my $name (sort keys %read) {
        my @days = sort map { $_->strftime("%FT%H:%M") } eval { $read{$name}->($file) };
        print join(" ", $file, $name, $@ ? "error" : @days), "\n";
    }
}
PERL
cat > days.py <<'PYTHON'
import glob, icalendar, recurring_ical_events
for name in sorted(glob.glob("*.ics")):
    calendar = icalendar.Calendar.from_ical(open(name, "rb").read())
    days = sorted(f"{event['DTSTART'].dt:%FT%H:%M}" for event in recurring_ical_events.of(calendar).between((2027, 1, 1), (2028, 1, 1)))
    print(name, "recurring-ical-events", *days)
PYTHON
cat > inside <<'INSIDE'
set -eu
mount -t overlay overlay -o "lowerdir=$PWD/package/usr:/usr" /usr
TZ=Europe/Berlin LC_ALL=C perl days.pl ?.ics 2> warnings
INSIDE
{ unshare --mount bash inside; venv/bin/python days.py; } > days
for file in ?.ics; do
    sed -n "s/^RRULE:\(.*\)\r/\1/p" "$file" | grep -v -e -1SU
    awk -v file="$file" '$1 == file { printf "    %s: %s\n", $2, $3 == "error" ? "an error" : NF - 2 " lessons, the last at " $NF }' days
done | tee seen
cat warnings
diff seen - <<'SEEN'
FREQ=WEEKLY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
    Data::ICal::DateTime: 1 lessons, the last at 2027-01-04T08:00
    iCal::Parser: 1 lessons, the last at 2027-01-04T08:00
    recurring-ical-events: 13 lessons, the last at 2027-03-29T08:00
FREQ=WEEKLY;BYMONTH=1,2,3;BYDAY=MO,WE;UNTIL=20270630T215959Z
    Data::ICal::DateTime: 1 lessons, the last at 2027-01-04T08:00
    iCal::Parser: 1 lessons, the last at 2027-01-04T08:00
    recurring-ical-events: 26 lessons, the last at 2027-03-31T08:00
FREQ=WEEKLY;INTERVAL=2;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
    Data::ICal::DateTime: an error
    iCal::Parser: an error
    recurring-ical-events: 7 lessons, the last at 2027-03-29T08:00
FREQ=MONTHLY;BYMONTH=1,3,5;BYDAY=1MO;UNTIL=20270630T215959Z
    Data::ICal::DateTime: 1 lessons, the last at 2027-01-04T08:00
    iCal::Parser: 1 lessons, the last at 2027-01-04T08:00
    recurring-ical-events: 3 lessons, the last at 2027-05-03T08:00
FREQ=DAILY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
    Data::ICal::DateTime: 13 lessons, the last at 2027-03-29T08:00
    iCal::Parser: 13 lessons, the last at 2027-03-29T08:00
    recurring-ical-events: 13 lessons, the last at 2027-03-29T08:00
FREQ=YEARLY;BYMONTH=1,2,3;BYDAY=MO;UNTIL=20270630T215959Z
    Data::ICal::DateTime: 13 lessons, the last at 2027-03-29T08:00
    iCal::Parser: 13 lessons, the last at 2027-03-29T08:00
    recurring-ical-events: 13 lessons, the last at 2027-03-29T08:00
FREQ=WEEKLY;BYDAY=MO;UNTIL=20270125T070000Z
    Data::ICal::DateTime: 3 lessons, the last at 2027-01-18T08:00
    iCal::Parser: 3 lessons, the last at 2027-01-18T08:00
    recurring-ical-events: 4 lessons, the last at 2027-01-25T08:00
FREQ=WEEKLY;BYDAY=MO;UNTIL=20270524T060000Z
    Data::ICal::DateTime: 3 lessons, the last at 2027-05-17T08:00
    iCal::Parser: 3 lessons, the last at 2027-05-17T08:00
    recurring-ical-events: 4 lessons, the last at 2027-05-24T08:00
FREQ=WEEKLY;BYDAY=MO;UNTIL=20270125T225959Z
    Data::ICal::DateTime: 4 lessons, the last at 2027-01-25T08:00
    iCal::Parser: 4 lessons, the last at 2027-01-25T08:00
    recurring-ical-events: 4 lessons, the last at 2027-01-25T08:00
SEEN
