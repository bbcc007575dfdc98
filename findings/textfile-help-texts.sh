#!/usr/bin/env bash
# node_exporter 1.5.0 (Debian 12, package prometheus-node-exporter 1.5.0-1+b6), its textfile collector, by which jobs without a port of their own
# tell Prometheus when they last succeeded, on the files of two jobs with the same metric and a label of their own.
#
# Guess before it was run: what HELP says is for people, and the first of two texts is shown; the series of both files are there. The same series in
# two files is there once, and node_textfile_scrape_error is 1, as for a file with a mistake.
#
# Seen: where the HELP texts differ (by a dot), or one file has none, every series of that metric from the second file is left out, and so it is where one
# says gauge and the other says nothing. The answer is 200, node_textfile_scrape_error is 0, node_textfile_mtime_seconds names the file as read, and
# its other metrics are there; the log alone has it. The second file is the one whose name sorts later. The same series in two files is left
# out as quietly. promtool 2.42.0 finds nothing wrong with two files whose texts differ; of one without it says so.
#
# What it means here: an alert such as `time() - roomkeeper_last_success_seconds{job="pins"} > 90000` does not fire, since there is no such series; it begins
# on the day on which one of two configurations is upgraded and its HELP has other words. Let alerts ask for `absent(...)` too, with each job's
# label. A program that writes such files must never change a metric's HELP or type without changing its name.
#
# Needs apt-get, dpkg, curl, python3. Installs nothing. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${exporter:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q -o APT::Sandbox::User=root prometheus-node-exporter=1.5.0-1+b6 prometheus=2.42.0+ds-5+deb12u1 >/dev/null
for archive in *.deb; do dpkg -x "$archive" package; done
mkdir files
listen=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
package/usr/bin/prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory=files \
    --web.disable-exporter-metrics --web.listen-address="$listen" 2> log &
exporter=$!
until grep -qs "Listening on" log; do sleep 0.05; done

# file NAME JOB HELP TYPE: with another metric beside it, which only this file has.
file() {
    {
        if [ -n "$3" ]; then echo "# HELP last_success_seconds $3"; fi
        if [ -n "$4" ]; then echo "# TYPE last_success_seconds $4"; fi
        echo "last_success_seconds{job=\"$2\"} 1800000000"
        echo "# HELP rows_of_$1 Rows."
        echo "# TYPE rows_of_$1 gauge"
        echo "rows_of_$1 7"
    } > "files/$1.prom"
    if [ -n "$3" ] && [ -n "$4" ]; then package/usr/bin/promtool check metrics < "files/$1.prom"; fi
}
ask() {
    echo "-- $1"
    curl --silent --fail --noproxy '*' "http://$listen/metrics" | sed -n -e 's/^\(node_textfile_mtime_seconds{file="files\/[a-z]*.prom"}\).*/\1/p' -e '/^[lr]/p' -e '/_error [01]$/p'
}
{
    file one timetable 'When it last succeeded' gauge
    file two pins 'When it last succeeded' gauge
    ask "the same HELP"
    file two pins 'When it last succeeded.' gauge
    ask "a dot more in one"
    file two pins '' gauge
    ask "no HELP in one"
    file two pins 'When it last succeeded' ''
    ask "no TYPE in one"
    file two timetable 'When it last succeeded' gauge
    ask "the same series in both"
} | tee seen
diff seen - <<'SEEN'
-- the same HELP
last_success_seconds{job="pins"} 1.8e+09
last_success_seconds{job="timetable"} 1.8e+09
node_textfile_mtime_seconds{file="files/one.prom"}
node_textfile_mtime_seconds{file="files/two.prom"}
node_textfile_scrape_error 0
rows_of_one 7
rows_of_two 7
-- a dot more in one
last_success_seconds{job="timetable"} 1.8e+09
node_textfile_mtime_seconds{file="files/one.prom"}
node_textfile_mtime_seconds{file="files/two.prom"}
node_textfile_scrape_error 0
rows_of_one 7
rows_of_two 7
-- no HELP in one
last_success_seconds{job="timetable"} 1.8e+09
node_textfile_mtime_seconds{file="files/one.prom"}
node_textfile_mtime_seconds{file="files/two.prom"}
node_textfile_scrape_error 0
rows_of_one 7
rows_of_two 7
-- no TYPE in one
last_success_seconds{job="timetable"} 1.8e+09
node_textfile_mtime_seconds{file="files/one.prom"}
node_textfile_mtime_seconds{file="files/two.prom"}
node_textfile_scrape_error 0
rows_of_one 7
rows_of_two 7
-- the same series in both
last_success_seconds{job="timetable"} 1.8e+09
node_textfile_mtime_seconds{file="files/one.prom"}
node_textfile_mtime_seconds{file="files/two.prom"}
node_textfile_scrape_error 0
rows_of_one 7
rows_of_two 7
SEEN
