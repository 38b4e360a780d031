"""What a request costs the client in user-space instructions, counted under callgrind: a figure noise does not touch."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import harness as h  # noqa: E402
import run as bench  # noqa: E402

INSTRUCTIONS_MAX = 4000


def a_request_costs_at_most_4000_instructions(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer's build cannot be counted")
    h.need("valgrind")
    h.need_built(h.ONAGER)
    nginx = h.Nginx(log=False)
    result = bench.bench_instructions(nginx, with_wrk=False)["onager"]
    h.note(result)
    t.equal(result["requests"], [2000, 12000], "requests nginx counted")
    t.within(result["per_request"], 1, INSTRUCTIONS_MAX, "instructions per request")


h.main(globals())
