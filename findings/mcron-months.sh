#!/usr/bin/env bash
# GNU mcron 1.0.8 (Debian 12, package mcron 1.0.8-1.1), which reads the crontabs of cron(8) besides its own files.
#
# Guess before it was run: "0 0 1-7 * MON" means either of the two, as in cron(8); 5-7 and 7 are read; a job at 02:30 on the 28 March that Berlin
# has no such time runs an hour later, or not at all. For names of months, after numbers had been seen: MAR is March.
#
# Seen: the days are as guessed. A month that is a number is one late: "0 9 1 3 *" runs on 1 April, "0 9 1 9,10 *" in October and November,
# "0 9 1 12 *" in January, and 28 March is 28 April. No warning. Names (MAR, dec) are right, and so is `*`. (Its own files count months from
# 0, as C does.)
#
# What it means here: a schedule for the months of school (`* * 9-12,1-6 *`) that comes along from such a machine has run in others there:
# October to January and February to July. roomkeeper reads months as cron(8) does, 1 for January, and `next` tells the coming runs.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
mapfile -t needed < <(apt-get install --simulate --no-install-recommends mcron=1.0.8-1.1 | awk '$1 == "Inst" && $2 != "mcron" { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq mcron=1.0.8-1.1 "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
printf '%s\n' '0 9 1 3 *' '0 9 1 MAR *' '0 9 1 9,10 *' '0 9 1 12 *' '0 9 1 dec *' '0 0 1-7 * MON' '0 9 * * 5-7' > expressions
cat > inside <<'INSIDE'
set -eu
mount -t overlay overlay -o "lowerdir=$PWD/package/usr:/usr" /usr
export TZ=Europe/Berlin LC_ALL=C GUILE_AUTO_COMPILE=0 HOME="$PWD"
while IFS= read -r expression; do
    printf '%s true\n' "$expression" | timeout 60 mcron --schedule=14 -i vixie - > runs 2>&1
    # Of "Thu Apr  1 09:00:00 2027 +0200" the months, and the days of the week, that occur.
    grep -E '^[A-Z][a-z]{2} [A-Z][a-z]{2} ' runs > dates || true
    echo "$expression: $(awk '{ print $2 }' dates | sort -uM | paste -sd ' ') / $(awk '{ print $1 }' dates | sort | uniq | paste -sd ' ')"
done < expressions
INSIDE
unshare --mount bash inside > said
# The months of the two last depend on the day of the run, and the days of the week of the others, too.
sed -E '/ (MON|5-7):/! s: / .*::; / (MON|5-7):/ s/: .* \/ /: /' said | tee seen
diff seen - <<'SEEN'
0 9 1 3 *: Apr
0 9 1 MAR *: Mar
0 9 1 9,10 *: Oct Nov
0 9 1 12 *: Jan
0 9 1 dec *: Dec
0 0 1-7 * MON: Fri Mon Sat Sun Thu Tue Wed
0 9 * * 5-7: Fri Sat Sun
SEEN
