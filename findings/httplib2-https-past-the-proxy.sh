#!/usr/bin/env bash
# httplib2 0.32.1 without PySocks, Python 3.11.
# One would guess: with HTTPS_PROXY set, httplib2 goes through the proxy, or says that it needs PySocks for it.
# What happened: it says so for http:// alone. An https:// request goes straight to the host, past the proxy, without a word.
# Seen: http: ProxiesUnavailableError | https: proxy asked 0 times, host asked 1 times
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check httplib2==0.32.1
"$folder/venv/bin/python" - <<'PY'
import os
import socket
import threading

import httplib2

asked = {"proxy": 0, "host": 0}


def listen(name):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            asked[name] += 1
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


proxy, host = listen("proxy"), listen("host")
for name in ("no_proxy", "NO_PROXY"):
    os.environ.pop(name, None)
for name in ("http_proxy", "https_proxy"):
    os.environ[name] = f"http://127.0.0.1:{proxy}"
said = {}
for scheme in ("http", "https"):
    try:
        httplib2.Http(timeout=5).request(f"{scheme}://127.0.0.1:{host}/")
    except Exception as error:
        said[scheme] = type(error).__name__
print("http:", said["http"], f"| https: proxy asked {asked['proxy']} times, host asked {asked['host']} times")
assert said["http"] == "ProxiesUnavailableError"
assert asked["proxy"] == 0 and asked["host"] >= 1
PY
