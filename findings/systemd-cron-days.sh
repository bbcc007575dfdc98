#!/usr/bin/env bash
# systemd-cron 1.15.19-5 (Debian 12), which runs crontabs by timers of systemd, with `systemd-analyze` of systemd 252.
#
# Guess before it was run: "0 0 1-7 * MON" becomes two timers, or a warning, since cron(8) means either of the two and a calendar
# expression of systemd means both; "0 9 * * 5-7" becomes Fri,Sat,Sun.
#
# Seen: "0 0 1-7 * MON" becomes `Mon *-*-1,2,3,4,5,6,7 0:0:00`, which is both: 12 times in 2027, where cron(8) runs it 124 times.
# "0 9 * * 5-7" is called garbled (crontab(5) there takes 7 for Sunday, and so does its own "7"), and all the same becomes a timer
# without a day, `*-*-* 9:0:00`: every day.
#
# What it means here: whoever brings schedules along from such a crontab has never seen them as cron reads them. roomkeeper reads them
# as cron(8) does, `check` warns where day of month and day of week are both given, and a test holds 5-7 to Friday, Saturday, Sunday.
#
# Needs root (it mounts over /etc in a mount namespace of its own), python3, systemd-analyze, and Debian 12's packages. Ends with 1 if
# the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get -o APT::Sandbox::User=root download -qq systemd-cron=1.15.19-5
dpkg-deb --extract systemd-cron_*.deb package
mkdir etc units
cp /etc/passwd /etc/group etc/
cat > etc/crontab <<'CRONTAB'
SHELL=/bin/sh
0 0 1-7 * MON root /bin/true either
0 9 * * 5-7 root /bin/true weekend
0 9 * * 7 root /bin/true sunday
CRONTAB
unshare --mount sh -c "mount --bind '$work/etc' /etc && python3 package/lib/systemd/system-generators/systemd-crontab-generator '$work/units'" 2> said || true
cat said; echo
calendar() { sed -n 's/^OnCalendar= *//p' "$(grep -l -- "$1\"\$" units/*.timer)"; }
either=$(calendar either) weekend=$(calendar weekend) sunday=$(calendar sunday)
printf '%-28s %s\n' '0 0 1-7 * MON' "$either" '0 9 * * 5-7' "$weekend" '0 9 * * 7' "$sunday"
times=$(systemd-analyze calendar --iterations=40 --base-time='2027-01-01 00:00 UTC' "$either" | grep -c '2027-[0-9-]* 00:00:00 UTC')
echo "the first is due $times times in 2027"
[ "$either" = 'Mon *-*-1,2,3,4,5,6,7 0:0:00' ] && [ "$weekend" = '*-*-* 9:0:00' ] && [ "$sunday" = 'Sun *-*-* 9:0:00' ] \
    && [ "$times" = 12 ] && grep -q garbled said
