"""The tests of https once more: the same kinds of errors, numbers and books when libcurl carries the requests."""

import with_curl

with_curl.run("tls.py", {
    "a_goodbye_in_the_packet_of_the_answer_ends_the_connection":
        "libcurl keeps the connection, and the next request finds out: it is sent again by the rule for stale connections",
    "bytes_nobody_asked_for_end_the_connection": "what TLS has read already is not seen by libcurl before the next request",
    "a_body_that_ends_with_the_connection_wants_a_goodbye": "libcurl 7.88 does not tell an end with close_notify from one without",
})
