#!/usr/bin/env bash
# Haraka 3.3.4 (npm, of this year) with queue/smtp_forward, which its installation has in the list of plugins, and nullmailer 2.2 (Debian 12, package
# nullmailer 1:2.2-4), on a mail to two receivers of whom the server behind them takes one.
#
# Guess before it was run: the one who exists gets the mail, and the other is told: refused at RCPT, or returned to the sender. A mail that is too
# large is 552 5.3.4.
#
# Seen: nobody gets it. Haraka takes both receivers ("250 recipient <gone@here.example> OK"), asks the server behind it after the mail, and answers the
# whole mail by the first refusal: `550 5.1.1 No such user`, without saying whom that is about. One mailbox that is full puts the mail off for
# all, `450 4.2.2`, each time that it is sent. nullmailer ends the conversation at the first receiver that is refused, never sends the
# mail, and returns it as one that failed for good, also where the one who exists stands first. (Larger than Haraka itself takes is `550 Message
# too big!`, without an enhanced code; larger than the server behind it takes is `550 5.3.4`, where that one said 552.)
#
# What it means here: one address in `to` of `[mail]` that has left the school, and no mail of any run reaches anybody, through a server that takes
# every address when it is asked beforehand. A client that is refused with 5.1.x after a mail to several has to send it to each alone.
# (roomkeeper sends it to each receiver alone then, and starts a mail program such as nullmailer's once for each receiver, so there the others get theirs.)
#
# Needs node, npm, the npm registry, python3, apt-get, dpkg. Installs nothing. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${haraka:-} ${inside:-} 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . Haraka@3.3.4 >/dev/null
apt-get download -q -o APT::Sandbox::User=root nullmailer=1:2.2-4 >/dev/null
dpkg -x nullmailer_*.deb package
cat > inside.py <<'PYTHON'
# The server behind: says who does not exist and whose mailbox is full, and writes down who got a mail.
import socketserver

RCPT = {"gone": "550 5.1.1 No such user", "full": "452 4.2.2 Mailbox full"}

class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 inside.example ESMTP")
        taken = []
        for line in self.rfile:
            word = line.decode().strip()
            if word.startswith("MAIL"): taken = []
            if word.startswith("RCPT"):
                name = word.split("<")[1].split("@")[0]
                if name not in RCPT: taken.append(name)
                self.say(RCPT.get(name, "250 Ok"))
            elif word == "DATA":
                self.say("354 Go on")
                size = sum(len(line) for line in iter(self.rfile.readline, b".\r\n"))
                if size > 20_000:
                    self.say("552 5.3.4 Too big")
                else:
                    with open("got", "a") as got: print(*taken, file=got)
                    self.say("250 2.0.0 Queued")
            elif word == "QUIT":
                self.say("221 Bye"); return
            else: self.say("250 Ok")

server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
cat > send.py <<'PYTHON'
import os, smtplib, sys

def send(what, *names, size=100):
    open("got", "w").close()
    with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=60) as server:
        server.ehlo("client.example")
        replies = [server.docmd("MAIL", "FROM:<a@client.example>")]
        replies += [server.docmd("RCPT", f"TO:<{name}@here.example>") for name in names]
        assert all(code == 250 for code, _ in replies), replies
        server.docmd("DATA")
        server.send(b"Subject: x\r\n\r\n" + b"x\r\n" * (size // 3) + b".\r\n")
        code, words = server.getreply()
    # Each answer ends with an id in brackets.
    print("Haraka", what, f"{code} {words.decode().split(' (')[0]}", open("got").read().strip() or "nobody", sep=" | ")

send("both exist", "it", "office")
send("the second is gone", "it", "gone")
send("the first is full", "full", "it")
send("too large for Haraka", "it", size=60_000)
send("too large inside", "it", size=30_000)
PYTHON
python3 inside.py > port &
inside=$!
until [ -s port ]; do sleep 0.05; done

listen=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
node_modules/.bin/haraka -i "$work/site" >/dev/null 2>&1
grep -qx 'queue/smtp_forward' site/config/plugins
printf 'queue/smtp_forward\nrcpt_to.in_host_list\n' > site/config/plugins   # All others ask name servers.
printf 'listen=127.0.0.1:%s\n' "$listen" > site/config/smtp.ini
printf 'host=127.0.0.1\nport=%s\n' "$(cat port)" > site/config/smtp_forward.ini
sed 's/^bytes=.*/bytes=50000/' node_modules/Haraka/config/connection.ini > site/config/connection.ini
echo here.example > site/config/host_list
node_modules/.bin/haraka -c "$work/site" > haraka.log 2>&1 &
haraka=$!
until grep -q "worker 1 listening" haraka.log; do sleep 0.1; kill -0 "$haraka"; done
python3 send.py "$listen" | tee seen

send() {
    local code=0
    { echo a@client.example; printf '%s@here.example\n' "${@:2}"; printf '\nSubject: x\n\nx\n'; } > mail
    : > got
    printf 'host=127.0.0.1\nport=%s\n\n' "$(cat port)" | HELOHOST=client.example package/usr/lib/nullmailer/smtp 3< mail > said 2>&1 || code=$?
    echo "nullmailer | $1 | ends with $code, $(sed -n 's/^smtp: //p' said) | $(grep . got || echo nobody)"
}
{
    send "both exist" it office
    send "the second is gone" it gone
    send "the first is full" full it
} | tee -a seen
diff seen - <<'SEEN'
Haraka | both exist | 250 2.0.0 Queued | it office
Haraka | the second is gone | 550 5.1.1 No such user | nobody
Haraka | the first is full | 450 4.2.2 Mailbox full | nobody
Haraka | too large for Haraka | 550 Message too big! | nobody
Haraka | too large inside | 550 5.3.4 Too big | nobody
nullmailer | both exist | ends with 0, Succeeded: 250 2.0.0 Queued | it office
nullmailer | the second is gone | ends with 35, Failed: 550 5.1.1 No such user | nobody
nullmailer | the first is full | ends with 16, Failed: 452 4.2.2 Mailbox full | nobody
SEEN
