#!/usr/bin/env bash
# Gnumeric 1.12.55 (Debian 12, package gnumeric 1.12.55-1), by its own ssconvert, on a CSV with numbers of two decimals that is opened and
# saved again.
#
# What one would expect: 3.14 is 3.14. (Guess before the numbers were counted, after one had been seen: of 0.01 to 9.99 fewer than one in ten is
# another, and saving as .xlsx in between does not matter.)
#
# Seen: 3.14 is 3.1400000000000000001, and 2.11 is 2.1099999999999999999. Debian's Gnumeric reckons with numbers of 80 bits and writes as many
# digits as tell them apart, and those it read from a text are not always the nearest. 87 of 999 come back with 20 digits, in runs of four
# (2.11 to 2.14, 2.36 to 2.39, 2.61 ...), as CSV or after .xlsx; and 1% is 0.0099999999999999999998. No warning; the sheet shows 2.11.
#
# What it means here: schools number rooms so, "2.11" for the eleventh on the second floor, and a `ref`, a title or an id of that form is
# another afterwards. With letters in the cell, as in R2.11, it stays. A length of 1.25 or 1.5 hours is whole.
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
{ echo room; seq -f %.2f 0.01 0.01 9.99; } > before.csv
printf '%s\n' share 1% R2.11 > other.csv
unshare --mount bash -euc "
    mount -t overlay overlay -o 'lowerdir=$work/package/usr:/usr' /usr
    export LC_ALL=C.UTF-8
    ssconvert before.csv after.csv
    ssconvert before.csv saved.xlsx
    ssconvert saved.xlsx after-xlsx.csv
    ssconvert other.csv other-after.csv
" 2> said || { cat said; exit 1; }
diff after.csv after-xlsx.csv
paste -d ' ' before.csv after.csv | awk 'length($2) > 6' > longer
echo "$(wc -l < longer) of $(($(wc -l < before.csv) - 1))" | tee seen
grep -E '^(2\.11|2\.12|3\.14|4\.12) ' longer | tee -a seen
tail -n +2 other-after.csv | tee -a seen
# The others have lost zeros at the end, and no more.
paste -d ' ' before.csv after.csv | awk 'NR > 1 && length($2) <= 6 && $1 + 0 != $2 + 0 { print; bad = 1 } END { exit bad }'
diff seen - <<'SEEN'
87 of 999
2.11 2.1099999999999999999
2.12 2.1199999999999999999
3.14 3.1400000000000000001
4.12 4.1199999999999999999
0.0099999999999999999998
R2.11
SEEN
