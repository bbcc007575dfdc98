#!/usr/bin/env bash
# ProFTPD 1.3.8 (Debian 12, package proftpd-core 1.3.8+dfsg-4+deb12u5) with HiddenStores publishes half a file when the client is killed,
# or gives up with ABOR.
#
# What one would guess beforehand: HiddenStores writes to `.in.NAME.` and renames when the upload is complete, so a client that dies in the
# middle, or says ABOR, leaves no NAME; the hidden file is deleted or stays.
# What is seen: a killed client's system closes its connections in order. The server takes the data connection's end for the file's end and
# renames, though no QUIT came and the control connection ended in the same moment. ABOR is not read before the data connection ends, and
# then the file is renamed, too. Only a connection that is reset leaves nothing.
# Whoever waits for the final name to appear (and many drop folders do) works on half a file.
#
# Needs: root, apt-get, dpkg, perl, python3. Installs nothing: the package is unpacked in a temporary folder. Exits 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mkdir inbox
apt-get download -q -o APT::Sandbox::User=root proftpd-core=1.3.8+dfsg-4+deb12u5 >/dev/null
dpkg -x proftpd-core*.deb package
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > conf <<CONF
ServerType standalone
DefaultAddress 127.0.0.1
Port $port
UseIPv6 off
UseReverseDNS off
User root
Group root
ScoreboardFile $folder/score
PidFile $folder/pid
SystemLog $folder/log
TransferLog none
WtmpLog off
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile $folder/users
RootLogin on
HiddenStores on
CONF
echo secret | package/usr/sbin/ftpasswd --passwd --stdin --name=uploader --uid=0 --gid=0 --home="$folder/inbox" --shell=/bin/sh \
    --file="$folder/users" >/dev/null
chmod 600 users
package/usr/sbin/proftpd -n -q -c "$folder/conf" > out 2>&1 &
server=$!
cat > client.py <<'PYTHON'
import ftplib, os, signal, socket, sys, time

port, end = int(sys.argv[1]), sys.argv[2]
for _ in range(100):
    try:
        client = ftplib.FTP()
        client.connect("127.0.0.1", port, 10)
        break
    except OSError:
        time.sleep(0.1)
client.login("uploader", "secret")
data = client.transfercmd("STOR " + end + ".csv")
data.sendall(b"half of it\n")
hidden = "inbox/.in." + end + ".csv."
while not os.path.exists(hidden) or os.path.getsize(hidden) == 0:
    time.sleep(0.05)
if end == "whole":
    data.sendall(b"the rest\n")
    data.close()
    client.voidresp()
elif end == "aborted":
    client.sock.sendall(b"ABOR\r\n")
elif end == "reset":
    for connection in (data, client.sock):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    data.close()
os.kill(os.getpid(), signal.SIGKILL)
PYTHON
for end in whole killed aborted reset; do
    { python3 client.py "$port" "$end" || true; } 2>/dev/null
    # Until the server is done with it, one way or the other.
    for _ in $(seq 100); do [ -e "inbox/.in.$end.csv." ] || break; sleep 0.1; done
done
(cd inbox && wc -c -- *.csv) | head -n -1 | tee seen
diff -w seen - <<'SEEN'
11 aborted.csv
11 killed.csv
20 whole.csv
SEEN
