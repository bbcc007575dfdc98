#!/usr/bin/env bash
# msmtp 1.8.23-1 (Debian 12, package msmtp), called as sendmail is, ends alike for a receiver that the server knows not and a sender that
# it refuses, and calls a server that says "later" unavailable for good.
#
# What one would guess beforehand: the codes of sysexits.h, as sendmail and Postfix end by them: 75 (EX_TEMPFAIL, "try again") after a 4xx,
# 67 (EX_NOUSER) after 550 5.1.1 at RCPT, and another, such as 77 (EX_NOPERM), after 553 5.7.1 at MAIL.
# What is seen: 69 (EX_UNAVAILABLE) after every 4xx, be it greylisting, a full mailbox or a sender that is put off; 65 (EX_DATAERR) after
# 550 5.1.1 at RCPT and after 553 5.7.1 at MAIL. Only its words tell them apart: "server message: 450 4.2.0 ...".
# Whoever goes by the code gives a greylisted mail up, and takes a wrong address for a wrong set-up, or the other way round.
#
# Needs: apt-get, dpkg, python3. Installs nothing: the packages are unpacked in a temporary folder. Exits 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q -o APT::Sandbox::User=root msmtp=1.8.23-1 libsecret-1-0 libglib2.0-0 libgcrypt20 libgpg-error0 libgsasl18 libgssglue1 libntlm0 libidn12 \
    libgnutls30 libp11-kit0 libtasn1-6 libnettle8 libhogweed6 libunistring2 >/dev/null
for archive in *.deb; do dpkg -x "$archive" package; done
libraries=$(find "$PWD/package" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
cat > server.py <<'PYTHON'
import socketserver, sys

RCPT = {"later": "450 4.2.0 Greylisted, come again", "nobody": "550 5.1.1 No such user here", "full": "452 4.2.2 Mailbox full"}

class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 mail.example ESMTP")
        for line in self.rfile:
            word = line.decode().strip()
            if word.upper().startswith(("EHLO", "HELO")): self.say("250 mail.example")
            elif word.upper().startswith("MAIL"):
                if "refused@" in word: self.say("553 5.7.1 Sender refused")
                elif "slow@" in word: self.say("451 4.3.0 Try again later")
                else: self.say("250 2.1.0 Ok")
            elif word.upper().startswith("RCPT"):
                name = word.split("<")[1].split("@")[0]
                self.say(RCPT.get(name, "250 2.1.5 Ok"))
            elif word.upper() == "DATA":
                self.say("354 Go on")
                for line in self.rfile:
                    if line == b".\r\n": break
                self.say("250 2.0.0 Queued")
            elif word.upper() == "QUIT":
                self.say("221 Bye"); return
            else: self.say("250 Ok")

server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
python3 server.py > port &
server=$!
until [ -s port ]; do sleep 0.05; done
port=$(cat port)
send() {
    local code=0
    printf 'Subject: x\r\n\r\nx\r\n' | HOME="$folder" LD_LIBRARY_PATH=$libraries package/usr/bin/msmtp --host=127.0.0.1 \
        --port="$port" --auth=off --tls=off -f "$1@example.org" -- "$2@example.org" 2> said || code=$?
    echo "$1 to $2: $code, $(sed -n 's/^msmtp: server message: //p' said)"
}
for pair in "a known" "a later" "a full" "a nobody" "refused known" "slow known"; do
    # shellcheck disable=SC2086
    send $pair
done | tee seen
diff seen - <<'SEEN'
a to known: 0, 
a to later: 69, 450 4.2.0 Greylisted, come again
a to full: 69, 452 4.2.2 Mailbox full
a to nobody: 65, 550 5.1.1 No such user here
refused to known: 65, 553 5.7.1 Sender refused
slow to known: 69, 451 4.3.0 Try again later
SEEN
