"""The tests of proxies and sockets once more, when libcurl carries the requests."""

import with_curl

with_curl.run("ways.py")
