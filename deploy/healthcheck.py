"""Ask the web process of this container for /healthz, under the host name it serves. Exit 1 if it is silent."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
host = urlsplit(os.environ.get("BUSY_BASE_URL", "http://localhost:8000")).hostname or "localhost"
try:
    connection.request("GET", "/healthz", headers={"Host": host})
    sys.exit(connection.getresponse().status != 200)
except OSError as error:
    sys.exit(f"no answer: {error}")
