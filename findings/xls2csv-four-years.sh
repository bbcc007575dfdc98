#!/usr/bin/env bash
# xls2csv of catdoc 0.95 (Debian 12, package catdoc 1:0.95-6~deb12u1), on .xls workbooks that xlwt 1.3.0 (PyPI) and Spreadsheet::WriteExcel 2.40
# (Debian 12, package libspreadsheet-writeexcel-perl 2.40-4) wrote.
#
# Guess before it was run: 1 February 2027, 10:45, is written as its cell shows it, or in ISO form.
#
# Seen: it is written as 2 February 2031: `02-Feb-31`, `02-02-31 10:45`. A workbook says whether its days are counted from 1900 or from 1904; both
# files say 1900, and xls2csv reckons from 1904, 1,462 days later. xlrd 2.0.2 has 2027 of the same files. So it is with the formats for dates
# that every workbook has by number (14, 15, 22); a cell with a format of its own, dd.mm.yyyy, is the bare number 46419.4479166667. No warning.
#
# What it means here: 02-02-31 is a date like any other, four years ahead, and neither the month nor the day need look wrong. Save the CSV from
# the spreadsheet, or compare one row with it.
#
# Needs root (it mounts over /usr in a mount namespace of its own), apt-get, dpkg, unshare, overlayfs, perl, python3 with venv, and PyPI. Ends
# with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
wanted=(catdoc=1:0.95-6~deb12u1 libspreadsheet-writeexcel-perl=2.40-4)
mapfile -t needed < <(apt-get install --simulate --no-install-recommends "${wanted[@]}" |
    awk '$1 == "Inst" && $2 !~ /^(catdoc|libspreadsheet-writeexcel-perl)$/ { print $2 }')
apt-get -o APT::Sandbox::User=root download -qq "${wanted[@]}" "${needed[@]}"
for archive in *.deb; do dpkg-deb --extract "$archive" package; done
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install xlwt==1.3.0 xlrd==2.0.2
cat > write.py <<'PYTHON'
import datetime, xlwt
book = xlwt.Workbook()
sheet = book.add_sheet("lessons")
for row, shown in enumerate(["M/D/YY", "D-MMM-YY", "M/D/YY h:mm", "DD.MM.YYYY"]):
    sheet.write(row, 0, datetime.datetime(2027, 2, 1, 10, 45), xlwt.easyxf(num_format_str=shown))
book.save("xlwt.xls")
PYTHON
cat > write.pl <<'PERL'
use Spreadsheet::WriteExcel;
my $book = Spreadsheet::WriteExcel->new("perl.xls");
my $sheet = $book->add_worksheet();
my $row = 0;
for my $shown (14, 15, 22, "dd.mm.yyyy") {
    $sheet->write_date_time($row++, 0, "2027-02-01T10:45", $book->add_format(num_format => $shown));
}
$book->close();
PERL
cat > read.py <<'PYTHON'
import xlrd
for name in ["xlwt", "perl"]:
    book = xlrd.open_workbook(name + ".xls")
    cells = [xlrd.xldate_as_datetime(row[0].value, book.datemode) for row in book.sheet_by_index(0).get_rows()]
    print(f"{name}, counted from {1904 if book.datemode else 1900}, by xlrd:", *sorted({f"{cell:%Y-%m-%d %H:%M}" for cell in cells}))
PYTHON
venv/bin/python write.py
unshare --mount bash -euc "
    mount -t overlay overlay -o 'lowerdir=$work/package/usr:/usr' /usr
    perl write.pl
    for name in xlwt perl; do echo \"\$name, by xls2csv: \$(LC_ALL=C TZ=UTC xls2csv -q0 \$name.xls | tr -d '\\f' | paste -sd ' ')\"; done
" | tee seen
venv/bin/python read.py | tee -a seen
diff seen - <<'SEEN'
xlwt, by xls2csv: 02-02-31 02-Feb-31 02-02-31 10:45 46419.4479166667
perl, by xls2csv: 02-02-31 02-Feb-31 02-02-31 10:45 46419.4479166667
xlwt, counted from 1900, by xlrd: 2027-02-01 10:45
perl, counted from 1900, by xlrd: 2027-02-01 10:45
SEEN
