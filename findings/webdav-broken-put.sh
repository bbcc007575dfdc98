#!/usr/bin/env bash
# WsgiDAV 4.4.0 (PyPI, October 2026, with cheroot 11.1.2) and `rclone serve webdav` 1.60.1 (Debian 12) keep half a file when an upload breaks off,
# though they were told its length; nginx 1.22.1 (Debian 12) does not.
#
# What one would expect: FTP cannot tell the end of a file from the end of a connection, but HTTP can: a PUT says beforehand how many bytes
# come (Content-Length). A server that has got fewer answers 400, if anything, and the folder is as it was; a file of that name that was
# there stays.
#
# Seen: nginx does so. WsgiDAV writes to the name itself, answers "201 Created" to 500,000 bytes of the 1,200,009 announced (its log says
# length=1200009), and keeps them; where a whole file was there, it is replaced by the half. So it is after a reset of the connection. rclone
# answers "405 Method Not Allowed", and keeps the half all the same. (Apache's mod_dav_fs and lighttpd's mod_webdav do as nginx does.)
#
# What it means here: WebDAV instead of FTP is no help by itself. Put Apache, nginx or lighttpd before the inbox, or have the client upload to
# NAME.part and rename (MOVE): roomkeeper leaves such a name alone. A half whose last row is short it refuses as cut short; one that ends
# between two rows looks whole.
#
# Needs root (nginx), python3 with venv, PyPI, apt-get, dpkg. Installs nothing. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install wsgidav==4.4.0 cheroot==11.1.2
apt-get download -q -o APT::Sandbox::User=root rclone=1.60.1+dfsg-2+b5 nginx=1.22.1-9+deb12u11 >/dev/null
for archive in *.deb; do dpkg -x "$archive" package; done
mkdir wsgidav rclone nginx temporary
mapfile -t ports < <(python3 -c '
import socket
all = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*[one.getsockname()[1] for one in all], sep="\n")')
cat > nginx.conf <<CONF
user root;
daemon off;
error_log $work/nginx.log;
pid $work/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $work/temporary/body;
    proxy_temp_path $work/temporary/proxy;
    fastcgi_temp_path $work/temporary/fastcgi;
    uwsgi_temp_path $work/temporary/uwsgi;
    scgi_temp_path $work/temporary/scgi;
    client_max_body_size 10m;
    server { listen 127.0.0.1:${ports[2]}; root $work/nginx; dav_methods PUT; }
}
CONF
venv/bin/wsgidav --host 127.0.0.1 --port "${ports[0]}" --root wsgidav --auth anonymous > wsgidav.log 2>&1 &
servers+=($!)
package/usr/bin/rclone serve webdav rclone --addr "127.0.0.1:${ports[1]}" --config /dev/null > rclone.log 2>&1 &
servers+=($!)
package/usr/sbin/nginx -c "$work/nginx.conf" > nginx.out 2>&1 &
servers+=($!)

cat > put.py <<'PYTHON'
import os, socket, struct, sys, time
BODY = b"ref,room\n" + b"A-1,Algebra\n" * 100_000
HALF = 500_000

def connect(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit(f"nobody listens on {port}")

def put(port, name, size, end):
    connection = connect(port)
    head = f"PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    connection.sendall(head.encode() + BODY[:size])
    if end == "reset":
        time.sleep(0.5)  # What was sent is read before the connection is reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return ""
    if end == "ended":
        connection.shutdown(socket.SHUT_WR)
    answer = b""
    try:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        pass
    connection.close()
    return answer.decode(errors="replace").split("\r\n")[0].removeprefix("HTTP/1.1 ")

def size(folder, name):
    """The size when it has not changed for half a second."""
    last, since = -2, time.monotonic()
    while time.monotonic() < since + 0.5:
        now = os.path.getsize(f"{folder}/{name}") if os.path.exists(f"{folder}/{name}") else -1
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.05)
    return {-1: "no file", len(BODY): "the whole"}.get(last, "a part")

for folder, port in zip(("wsgidav", "rclone", "nginx"), map(int, sys.argv[1:])):
    for name, parts in {
        "whole": [(len(BODY), "whole")],
        "ended": [(HALF, "ended")],
        "reset": [(HALF, "reset")],
        "again": [(len(BODY), "whole"), (HALF, "ended")],
    }.items():
        for length, end in parts:
            answer = put(port, name + ".csv", length, end)
        print(f"{folder}, {name}: {size(folder, name + '.csv')} ({answer or 'no answer'})")
PYTHON
python3 put.py "${ports[@]}" | tee seen
grep -o '"PUT /ended.csv" length=1200009,.*-> 201 Created' wsgidav.log
diff seen - <<'SEEN'
wsgidav, whole: the whole (201 Created)
wsgidav, ended: a part (201 Created)
wsgidav, reset: a part (no answer)
wsgidav, again: a part (204 No Content)
rclone, whole: the whole (201 Created)
rclone, ended: a part (405 Method Not Allowed)
rclone, reset: a part (no answer)
rclone, again: a part (405 Method Not Allowed)
nginx, whole: the whole (201 Created)
nginx, ended: no file (no answer)
nginx, reset: no file (no answer)
nginx, again: the whole (no answer)
SEEN
