#!/usr/bin/env bash
# msmtpd 1.8.23-1 (Debian 12, package msmtp-mta) hangs up on a client that takes a mail back.
#
# What one would guess beforehand: RSET, which RFC 5321 (4.5.1) wants of every server, begins anew with 250; or, where a small
# server does not know it, it answers 500 or 502 and waits for the next command, as it would for any it does not know (4.2.4).
# What is seen: `500 Expected RCPT TO:<addr> or DATA`, and the connection is closed. NOOP fares the same with
# `500 Expected MAIL FROM:<addr> or QUIT`; so does QUIT in the middle of a transaction: 500 in place of 221.
# Whoever probes a mail server (MAIL, RCPT, RSET) needs a new connection for what follows, and must take none of this for a refusal.
#
# Needs: apt-get, dpkg, python3. Installs nothing: the package is unpacked in a temporary folder. Exits 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
# Beside it a library that it is linked against, and what that needs.
apt-get download -q -o APT::Sandbox::User=root msmtp-mta=1.8.23-1 libsecret-1-0 libglib2.0-0 libgcrypt20 libgpg-error0 >/dev/null
for archive in *.deb; do dpkg -x "$archive" package; done
libraries=$(find "$PWD/package" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
LD_LIBRARY_PATH=$libraries package/usr/bin/msmtpd --interface=127.0.0.1 --port="$port" --command='cat >/dev/null; true' &
server=$!
python3 - "$port" <<'PYTHON'
import socket, sys, time

def say(*commands):
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    lines = connection.makefile("rb")
    heard = [lines.readline().decode().strip()]
    for command in commands:
        try:
            connection.sendall(command.encode() + b"\r\n")
            heard.append(lines.readline().decode().strip())
        except OSError:
            heard.append("")
    return heard[1:]

begin = ["EHLO client.example", "MAIL FROM:<a@example.org>"]
seen = {
    "RSET": say(*begin, "RCPT TO:<b@example.org>", "RSET", "MAIL FROM:<a@example.org>")[3:],
    "NOOP": say("EHLO client.example", "NOOP", "MAIL FROM:<a@example.org>")[1:],
    "QUIT": say(*begin, "QUIT")[2:],
}
expected = {
    "RSET": ["500 Expected RCPT TO:<addr> or DATA", ""],
    "NOOP": ["500 Expected MAIL FROM:<addr> or QUIT", ""],
    "QUIT": ["500 Expected RCPT TO:<addr>"],
}
for command, answers in seen.items():
    print(command, answers)
sys.exit(seen != expected)
PYTHON
