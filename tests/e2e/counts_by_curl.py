"""The tests that the numbers are those of the server once more, when libcurl carries the requests."""

import with_curl

with_curl.run("counts.py")
