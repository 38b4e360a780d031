"""The tests of https (tls.py) once more, with libcurl as what carries the requests: the same kinds of errors, numbers and books.
Where libcurl leaves no choice, the test is named here with the reason."""

import os
import runpy

import harness as h

FORCED = {
    "a_goodbye_in_the_packet_of_the_answer_ends_the_connection":
        "libcurl keeps the connection, and the next request finds out: it is sent again by the rule for stale connections",
    "bytes_nobody_asked_for_end_the_connection": "what TLS has read already is not seen by libcurl before the next request",
    "a_body_that_ends_with_the_connection_wants_a_goodbye": "libcurl 7.88 does not tell an end with close_notify from one without",
}

plain_environment, plain_main = h.environment, h.main


def environment(**more):
    return plain_environment(**{"ONAGER_TRANSPORT": "curl", **more})


def named(name, reason):
    def test(t):
        raise h.Skip("by libcurl: " + reason)

    test.__name__, test.__module__ = name, "__main__"
    return test


def main(names):
    for name, reason in FORCED.items():
        assert name in names
        names[name] = named(name, reason)
    plain_main(names)


h.environment, h.main = environment, main
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls.py"), run_name="__main__")
