"""A provider that costs nothing: prepared pages of projects over HTTP, so that what is measured is ours.

`python -m benchmarks.fast_provider ROWS` prints its address. `POST /_renew?every=100` gives every hundredth row a new
name.
"""

from __future__ import annotations

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRST_ID = 90_000_000


def row(n: int, name: str = "Project") -> dict[str, object]:
    return {
        "id": FIRST_ID + n,
        "number": f"9{n}",
        "name": f"{name} {n} for the harbour of the north",
        "startDate": "2026-01-01",
        "endDate": None,
        "isClosed": False,
        "isInternal": False,
        "customer": {"id": 108_600_000 + n % 500},
    }


class Provider:
    def __init__(self, count: int) -> None:
        self.rows = [json.dumps(row(n)).encode() for n in range(count)]
        self.revision = 0

    def renew(self, every: int) -> None:
        self.revision += 1
        for n in range(0, len(self.rows), every):
            self.rows[n] = json.dumps(row(n, f"Project, phase {self.revision + 1},")).encode()

    def page(self, start: int, count: int, digest: str) -> bytes | None:
        mark = hashlib.blake2b(f"{self.revision} {start} {count}".encode(), digest_size=8).hexdigest()
        if digest == mark:
            return None
        found = self.rows[start : start + count]
        head = {"fullResultSize": len(self.rows), "from": start, "count": len(found), "versionDigest": mark}
        return json.dumps(head)[:-1].encode() + b', "values": [' + b",".join(found) + b"]}"


def serve(count: int) -> None:
    provider = Provider(count)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if url.path != "/v2/project":
                self._answer(b'{"fullResultSize": 0, "from": 0, "count": 0, "versionDigest": "none", "values": []}')
                return
            start, most = int(query.get("from", 0)), int(query.get("count", 1000))
            self._answer(provider.page(start, most, self.headers.get("If-None-Match", "")))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            if url.path == "/_renew":
                provider.renew(int(parse_qs(url.query)["every"][0]))
            self._answer(b'{"value": {"token": "bench-session"}}')

        def _answer(self, body: bytes | None) -> None:
            self.send_response(304 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if body:
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}/v2", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
