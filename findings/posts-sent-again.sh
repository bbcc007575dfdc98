#!/usr/bin/env bash
# Programs that try again by themselves, on a POST that makes a meeting: wget 1.21.3 (Debian 12), axios-retry 4.5.0, fetch-retry 6.0.0 and the
# RetryAgent of undici 6.29.1 (npm), urllib3 2.8.0, httpx-retries 0.6.0 and aiohttp-retry 2.9.1 (PyPI).
#
# Guess before it was run: where the reply is lost (the server has made the meeting, and the connection ends without an answer), none sends a POST
# again, since what it did is not known (RFC 9110, 9.2.2); wget, a program that fetches files, least of all. 503, which says that nothing was
# done, is tried again by few, and by no one that repeats a lost one.
#
# Seen: wget sends it again, without having been asked to, until there is an answer (or twenty times), and ends with 0: three meetings for one. After
# 503 it sends no second one. axios-retry and fetch-retry do the same: what may have been done is done again, and what was not done is given up. (To
# axios-retry a lost connection is an "error of the network" whatever the method; its words about idempotent ones are for 5xx.) aiohttp-retry
# does the opposite: it goes by the status alone, and sends a POST again after a 5xx. undici, urllib3 and httpx-retries do as guessed.
#
# What it means here: a script that made meetings by one of these before roomkeeper came has made some twice or thrice, on days when a proxy
# lost answers. Their rows are `exists`, or there is a second meeting beside the one that roomkeeper changes. roomkeeper asks the server what
# became of a request before it sends it again. With wget, say --tries=1.
#
# Needs node, npm, python3 with venv, apt-get, dpkg, the npm registry and PyPI. Installs nothing. Ends with 1 if the behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -q -o APT::Sandbox::User=root wget=1.21.3-1+deb12u1 libgnutls30 libidn2-0 libnettle8 libpcre2-8-0 libpsl5 libuuid1 zlib1g \
    libhogweed6 libp11-kit0 libtasn1-6 libunistring2 libffi8 libgmp10 >/dev/null
for archive in *.deb; do dpkg -x "$archive" package; done
libraries=$(find "$PWD/package" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
npm install --silent --no-audit --no-fund --prefix . axios@1.21.1 axios-retry@4.5.0 fetch-retry@6.0.0 undici@6.29.1 >/dev/null
python3 -m venv venv
venv/bin/pip --quiet --disable-pip-version-check install urllib3==2.8.0 httpx==0.28.1 httpx-retries==0.6.0 aiohttp==3.14.5 aiohttp-retry==2.9.1
cat > server.py <<'PYTHON'
# /lost/WHO: makes a meeting, and ends the connection without an answer, the first two times. /503/WHO: answers 503, the first two times.
# /asked/...: how many requests came there.
import collections, http.server

asked = collections.Counter()

class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer(200, str(asked[self.path.removeprefix("/asked")]))

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked[self.path] += 1
        if asked[self.path] > 2: self.answer(201)
        elif self.path.startswith("/503/"): self.answer(503)
        else: self.close_connection = True

    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
cat > post.mjs <<'JS'
import axios from "axios";
import axiosRetry from "axios-retry";
import fetchRetry from "fetch-retry";
import { Agent, RetryAgent, request } from "undici";
axiosRetry(axios, { retries: 3 });
const fetchAgain = fetchRetry(fetch, { retries: 3, retryDelay: 10 });
const dispatcher = new RetryAgent(new Agent(), { minTimeout: 10 });
const body = JSON.stringify({ title: "Algebra" });
const ways = {
    "axios-retry": (url) => axios.post(url, body),
    "fetch-retry": (url) => fetchAgain(url, { method: "POST", body }),
    undici: (url) => request(url, { method: "POST", body, dispatcher }),
};
for (const [name, post] of Object.entries(ways))
    for (const what of ["lost", "503"]) await post(`${process.argv[2]}/${what}/${name}`).catch(() => {});
process.exit(0);
JS
cat > post.py <<'PYTHON'
import asyncio, contextlib, sys, aiohttp, aiohttp_retry, httpx, httpx_retries, urllib3

def by_urllib3(url):
    urllib3.PoolManager().request("POST", url, json={}, retries=urllib3.Retry(3, status_forcelist=[503], backoff_factor=0.01))

def by_httpx_retries(url):
    httpx.Client(transport=httpx_retries.RetryTransport()).post(url, json={})

def by_aiohttp_retry(url):
    async def post():
        async with aiohttp_retry.RetryClient(retry_options=aiohttp_retry.ExponentialRetry(attempts=4, start_timeout=0.01)) as client:
            async with client.post(url, json={}):
                pass
    asyncio.run(post())

for name, post in {"urllib3": by_urllib3, "httpx-retries": by_httpx_retries, "aiohttp-retry": by_aiohttp_retry}.items():
    for what in ["lost", "503"]:
        with contextlib.suppress(urllib3.exceptions.HTTPError, httpx.HTTPError, aiohttp.ClientError):
            post(f"{sys.argv[1]}/{what}/{name}")
PYTHON
python3 server.py > port &
server=$!
until [ -s port ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat port)
for what in lost 503; do
    code=0
    LD_LIBRARY_PATH=$libraries package/usr/bin/wget --no-config --no-proxy --quiet --output-document=- --post-data='{}' "$url/$what/wget" || code=$?
    echo "wget: $what: ends with $code"
done | tee seen
node post.mjs "$url"
venv/bin/python post.py "$url"
count() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$url/asked/$1"; }
for name in wget axios-retry fetch-retry undici urllib3 httpx-retries aiohttp-retry; do
    echo "$name: $(count "lost/$name") POSTs where replies are lost, $(count "503/$name") where they say 503"
done | tee -a seen
diff seen - <<'SEEN'
wget: lost: ends with 0
wget: 503: ends with 8
wget: 3 POSTs where replies are lost, 1 where they say 503
axios-retry: 3 POSTs where replies are lost, 1 where they say 503
fetch-retry: 3 POSTs where replies are lost, 1 where they say 503
undici: 1 POSTs where replies are lost, 1 where they say 503
urllib3: 1 POSTs where replies are lost, 1 where they say 503
httpx-retries: 1 POSTs where replies are lost, 1 where they say 503
aiohttp-retry: 1 POSTs where replies are lost, 3 where they say 503
SEEN
