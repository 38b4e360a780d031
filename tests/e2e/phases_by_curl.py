"""The tests of the phases of a request once more, when libcurl carries the requests."""

import with_curl

with_curl.run("phases.py")
