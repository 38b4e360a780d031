"""The tests of redirects, cookies, credentials and retries once more, when libcurl carries the requests."""

import with_curl

with_curl.run("client.py")
