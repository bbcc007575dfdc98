"""Stands between roomkeeper and a mail server: passes on what both say, from an address that no server trusts by itself, writes it down until they go over to TLS, and can keep the answer to a letter back.

wire.py LISTEN SERVER LOG SECONDS: each line of the log is the connection's number, the second of the day, who speaks, and what.
"""

import socket
import sys
import threading
import time

listen, server, log, slow = int(sys.argv[1]), int(sys.argv[2]), open(sys.argv[3], "a", buffering=1), float(sys.argv[4])
writing = threading.Lock()


def note(number, who, text):
    with writing:
        log.write(f"{number} {time.time():.1f} {who} {text}\n")


def serve(number, client):
    note(number, "-", "connected")
    try:
        upstream = socket.create_connection(("127.0.0.1", server), 10, ("127.0.0.2", 0))
    except OSError as error:
        note(number, "-", f"no server: {error}")
        client.close()
        return
    upstream.settimeout(None)
    state = {"data": False, "dot": False, "secret": False}

    def lines(rest, piece):
        """The lines that are whole by now, and the rest of the last."""
        *whole, rest = (rest + piece).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole], rest

    def answers():
        rest = b""
        while piece := upstream.recv(65536):
            if not state["secret"]:
                said, rest = lines(rest, piece)
                for text in said:
                    state["data"] = state["data"] or text.startswith("354")
                    if state["dot"] and text[3:4] != "-":
                        state["dot"] = False
                        time.sleep(slow)
                    note(number, "S", text)
                    state["secret"] = state["secret"] or state.pop("tls", False) and text.startswith("220")
            try:
                client.sendall(piece)
            except OSError:
                note(number, "-", "the client is gone before it heard that")
        close(client)

    def commands():
        rest = b""
        while piece := client.recv(65536):
            if not state["secret"]:
                said, rest = lines(rest, piece)
                for text in said:
                    if state["data"] and text == ".":
                        state["data"], state["dot"] = False, True
                    if not state["data"]:
                        note(number, "C", text)
                    if text.upper() == "STARTTLS":
                        state["tls"] = True
            upstream.sendall(piece)
        close(upstream)

    def close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    both = [threading.Thread(target=guard, args=(work,)) for work in (answers, commands)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    note(number, "-", "closed")


def guard(work):
    try:
        work()
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", listen))
number = 0
while True:
    client, _ = listener.accept()
    number += 1
    threading.Thread(target=serve, args=(number, client), daemon=True).start()
