#!/usr/bin/env bash
# OpenSMTPD 6.8.0p2-4+b4 (Debian 12) calls a mailbox that does not exist in a virtual table a mailing list that cannot be expanded.
#
# What one would guess beforehand: a receiver that the table does not have is refused as one that does not exist, `550 5.1.1` (RFC 3463:
# "bad destination mailbox address"), as Postfix and sendmail say it; or at least with some code of the class 5.1.
# What is seen: `524 5.2.4 Mailing list expansion problem: <gone@here.example>`, while an address of a domain that the server does
# not have is `550 Invalid recipient: <it@elsewhere.example>`, without an enhanced code.
# A client that takes 5.1.x alone for a mailbox that is not there keeps such a mail, and asks again for days; one that takes 5.2.x for a
# full mailbox does the same.
#
# Needs: root, mmdebstrap, unshare, iproute2, python3. Installs nothing: the server runs in a temporary tree, in a network of its own.
# Exits 1 if that has changed.
set -euo pipefail
if [ "${1:-}" != --inside ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    mmdebstrap --quiet --variant=apt --include=opensmtpd=6.8.0p2-4+b4 bookworm "$folder/tree"
    unshare --net --mount --pid --fork --kill-child "$0" --inside "$folder/tree"
    exit
fi
tree=$2
ip link set lo up
mount -t proc proc "$tree/proc"
echo "127.0.0.1 localhost" > "$tree/etc/hosts"
echo "it nobody" > "$tree/etc/known"
cat > "$tree/etc/smtpd.conf" << 'CONF'
table known file:/etc/known
listen on lo port 2525 hostname mail.here.example
action "sink" mda "cat > /dev/null" virtual <known>
match from any for domain "here.example" action "sink"
CONF
chroot "$tree" smtpd
python3 - << 'PYTHON'
import socket, sys, time

for _ in range(100):
    try:
        connection = socket.create_connection(("127.0.0.1", 2525), 5)
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
lines = connection.makefile("rb")
heard = []
for command in ("", "HELO client.example", "MAIL FROM:<a@client.example>", "RCPT TO:<it@here.example>", "RCPT TO:<gone@here.example>",
                "RCPT TO:<it@elsewhere.example>"):
    if command:
        connection.sendall(command.encode() + b"\r\n")
    heard.append(lines.readline().decode().strip())
print("\n".join(heard[3:]))
seen = [heard[3].startswith("250 "), heard[4] == "524 5.2.4 Mailing list expansion problem: <gone@here.example>",
        heard[5] == "550 Invalid recipient: <it@elsewhere.example>"]
if not all(seen):
    sys.exit(f"it has changed: {heard}")
PYTHON
