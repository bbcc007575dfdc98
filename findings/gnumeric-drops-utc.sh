#!/usr/bin/env bash
# Gnumeric 1.12.55 (Debian 12, package gnumeric 1.12.55-1), by its own ssconvert, on a CSV with starts in ISO 8601 that is opened and saved again.
#
# What one would expect: 2027-02-01T09:00:00+01:00 and 2027-02-01T08:00:00Z are treated alike: either both stay the texts that they are,
# since a cell has no zone, or both become the clock of one zone. 2027-02-01T09:00:00, which has none, becomes a date and time before they do.
#
# Seen: the one with +01:00 stays a text, and so does the one without a zone. The one with Z becomes a date and time, and the Z is gone:
# "2027/02/01 08:00:00". So do 2027-02-01T08:00Z, 2027-02-01T08:00:00.000Z, 20270201T080000Z and a small z; with a blank in place of the T it
# stays. The machine's zone does not matter. Saved as .xlsx or .ods and as CSV after that it is the same.
#
# What it means here: eight o'clock in Greenwich is eight o'clock in the job's zone afterwards. In Berlin a lesson is an hour early, two in summer,
# only in the rows that had a Z; with the same `ref`, the meeting that stands at the right time is moved. The exports of roomkeeper have their
# starts with a Z, too. Write starts as the clock shows them, or with +00:00, where a person is going to open the file; `import --dry-run`
# tells old and new before a meeting is moved.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
# What it needs and this machine lacks; it draws nothing, so that no fonts are needed.
mapfile -t needed < <(apt-get install --simulate --no-install-recommends gnumeric=1.12.55-1 | awk '$1 == "Inst" && $2 !~ /font|^gnumeric$/ { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq gnumeric=1.12.55-1 "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
cat > before.csv <<'CSV'
ref,start_time
A-1,2027-02-01T09:00:00+01:00
A-2,2027-02-01T08:00:00Z
A-3,2027-02-01T09:00:00
A-4,2027-02-01T08:00Z
A-5,2027-02-01T08:00:00.000Z
A-6,20270201T080000Z
A-7,2027-02-01T08:00:00z
A-8,2027-02-01 08:00:00Z
A-9,2027-02-01T08:00:00+00:00
CSV
unshare --mount bash -euc "
    mount -t overlay overlay -o 'lowerdir=$work/package/usr:/usr' /usr
    for zone in UTC Europe/Berlin; do
        TZ=\$zone LC_ALL=C.UTF-8 ssconvert before.csv \"\${zone/\\//-}.csv\"
    done
    for ending in ods xlsx; do
        LC_ALL=C.UTF-8 ssconvert before.csv saved.\$ending
        LC_ALL=C.UTF-8 ssconvert saved.\$ending after-\$ending.csv
    done
" 2> said || { cat said; exit 1; }
cat UTC.csv
for other in Europe-Berlin after-ods after-xlsx; do diff UTC.csv "$other.csv"; done
diff UTC.csv - <<'SEEN'
ref,start_time
A-1,2027-02-01T09:00:00+01:00
A-2,"2027/02/01 08:00:00"
A-3,2027-02-01T09:00:00
A-4,"2027/02/01 08:00:00"
A-5,"2027/02/01 08:00:00"
A-6,"2027/02/01 08:00:00"
A-7,"2027/02/01 08:00:00"
A-8,"2027-02-01 08:00:00Z"
A-9,2027-02-01T08:00:00+00:00
SEEN
