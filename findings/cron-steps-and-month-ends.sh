#!/usr/bin/env bash
# Four libraries of Debian 12 that tell when a line of a crontab is due: Schedule::Cron 1.05 (package libschedule-cron-perl 1.05-1), Schedule::Cron::Events 1.96
# (libschedule-cron-events-perl 1.96-2), DateTime::Event::Cron 0.09 (libdatetime-event-cron-perl 0.09-2) and parse-cron 0.1.4 (ruby-parse-cron
# 0.1.4-1.1), on the years 2027 and 2028, with cronsim 2.8 (PyPI), which does as cron(8) does, beside them.
#
# Guess before it was run, of fifteen such libraries: two differ where `*/2` and a weekday are both given, and one where 1-7 and a weekday are; the
# weekdays 7 and 5-7, `*/40` and 29 February are alike in all.
#
# Seen: to Schedule::Cron and Schedule::Cron::Events `*/n` begins at 0, also for days and months, which have no 0: "0 9 1 */3 *" is March, June, September
# and December (with Schedule::Cron January, too, right after a year's end), where cron(8) has January, April, July and October, and `*/2` the even days. Where
# months are left out, Schedule::Cron passes over the first of the month after the gap if it is a weekday that is asked for: of the school's days, Monday
# to Friday from September to March, 1 September is missing in both years. DateTime::Event::Cron passes over the first such day after some gaps (Monday, 3 May 2027; 1 September 2028).
# parse-cron runs a job of the 31st on the 1st of each shorter month, too, and one of the 30th on 1 February. No error, no warning.
#
# What it means here: a job that comes along from such a program has run on other days there than its line says, and whoever reckoned with those
# days is surprised by the right ones: an export of every third month is a month or two off. roomkeeper reads steps and days as cron(8)
# does, and `next` tells the coming runs.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs, python3 with venv, and PyPI. Ends with 1 if the
# behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
wanted=(libschedule-cron-perl=1.05-1 libschedule-cron-events-perl=1.96-2 libdatetime-event-cron-perl=0.09-2 ruby-parse-cron=0.1.4-1.1)
mapfile -t needed < <(apt-get install --simulate --no-install-recommends "${wanted[@]}" | awk '$1 == "Inst" { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq "${wanted[@]}" "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install cronsim==2.8
printf '%s\n' '0 9 1 */3 *' '0 9 */2 * *' '0 9 * */2 1' '0 9 * 1-3,9-12 1-5' '0 9 31 * *' '0 9 30 * *' '0 9 1 1,4,7,10 *' '0 9 28-31 * *' > expressions
cat > days.pl <<'PERL'
use strict;
use warnings;
use DateTime::Event::Cron;
use POSIX qw(strftime);
use Schedule::Cron;
use Schedule::Cron::Events;
use Time::Local;
my ($begin, $end) = (timegm(59, 59, 23, 31, 11, 126), timegm(0, 0, 0, 1, 0, 129));
my %next = (
    "DateTime::Event::Cron" => sub {
        my ($cron, $at) = (DateTime::Event::Cron->new(cron => shift), DateTime->from_epoch(epoch => $begin));
        sub { ($at = $cron->next($at))->epoch };
    },
    "Schedule::Cron" => sub {
        my ($expression, $cron, $at) = (shift, Schedule::Cron->new(sub { }), $begin);
        sub { $at = $cron->get_next_execution_time($expression, $at) };
    },
    "Schedule::Cron::Events" => sub {
        my $cron = Schedule::Cron::Events->new("$_[0] true", Date => [(gmtime $begin)[0 .. 5]]);
        sub { timegm($cron->nextEvent) };
    },
);
open my $expressions, "<", "expressions" or die;
while (my $expression = <$expressions>) {
    chomp $expression;
    for my $name (sort keys %next) {
        my $next = $next{$name}->($expression);
        while ((my $at = $next->()) < $end) { print "$expression|$name|", strftime("%F", gmtime $at), "\n" }
    }
}
PERL
cat > days.rb <<'RUBY'
require "parse-cron"
File.foreach("expressions", chomp: true) do |expression|
  cron, at = CronParser.new(expression), Time.utc(2026, 12, 31, 23, 59, 59)
  puts "#{expression}|parse-cron|#{at.strftime("%F")}" while (at = cron.next(at)).year < 2029
end
RUBY
cat > inside <<'INSIDE'
set -eu
mount -t overlay overlay -o "lowerdir=$PWD/package/usr:/usr" /usr
export TZ=UTC LC_ALL=C
perl days.pl
ruby days.rb
INSIDE
cat > compare.py <<'PYTHON'
import collections, datetime, itertools, cronsim
days = collections.defaultdict(set)
for line in open("days"):
    expression, name, day = line.strip().split("|")
    days[expression, name].add(day)
begin, end = datetime.datetime(2026, 12, 31, 23, 59), datetime.datetime(2029, 1, 1)
def some(what, those):
    return f"{len(those)} {what}" + f" ({' '.join(sorted(those)[:3])}{' ...' if len(those) > 3 else ''})" * bool(those)
for expression in open("expressions").read().splitlines():
    right = {f"{at:%F}" for at in itertools.takewhile(lambda at: at < end, cronsim.CronSim(expression, begin))}
    print(f"{expression}: {len(right)} days")
    for name in ["DateTime::Event::Cron", "Schedule::Cron", "Schedule::Cron::Events", "parse-cron"]:
        if (theirs := days[expression, name]) != right:
            print(f"    {name}: {some('are missing', right - theirs)}, {some('too many', theirs - right)}")
PYTHON
unshare --mount bash inside > days
venv/bin/python compare.py | tee seen
diff seen - <<'SEEN'
0 9 1 */3 *: 8 days
    Schedule::Cron: 6 are missing (2027-04-01 2027-07-01 2027-10-01 ...), 8 too many (2027-03-01 2027-06-01 2027-09-01 ...)
    Schedule::Cron::Events: 8 are missing (2027-01-01 2027-04-01 2027-07-01 ...), 8 too many (2027-03-01 2027-06-01 2027-09-01 ...)
0 9 */2 * *: 373 days
    Schedule::Cron: 349 are missing (2027-01-03 2027-01-05 2027-01-07 ...), 358 too many (2027-01-02 2027-01-04 2027-01-06 ...)
    Schedule::Cron::Events: 373 are missing (2027-01-01 2027-01-03 2027-01-05 ...), 358 too many (2027-01-02 2027-01-04 2027-01-06 ...)
0 9 * */2 1: 54 days
    DateTime::Event::Cron: 8 are missing (2027-05-03 2027-07-05 2027-11-01 ...), 0 too many
    Schedule::Cron: 45 are missing (2027-03-01 2027-03-08 2027-03-15 ...), 50 too many (2027-02-01 2027-02-08 2027-02-15 ...)
    Schedule::Cron::Events: 54 are missing (2027-01-04 2027-01-11 2027-01-18 ...), 50 too many (2027-02-01 2027-02-08 2027-02-15 ...)
0 9 * 1-3,9-12 1-5: 303 days
    DateTime::Event::Cron: 1 are missing (2028-09-01), 0 too many
    Schedule::Cron: 2 are missing (2027-09-01 2028-09-01), 0 too many
0 9 31 * *: 14 days
    parse-cron: 0 are missing, 10 too many (2027-02-01 2027-04-01 2027-06-01 ...)
0 9 30 * *: 22 days
    parse-cron: 0 are missing, 2 too many (2027-02-01 2028-02-01)
0 9 1 1,4,7,10 *: 8 days
0 9 28-31 * *: 83 days
SEEN
