"""Runs a file of tests once more with libcurl as what carries the requests. Where libcurl leaves no choice, a test is named with the
reason and shown as skipped."""

import os
import runpy

import harness as h

plain_environment, plain_main = h.environment, h.main


def environment(**more):
    return plain_environment(**{"ONAGER_TRANSPORT": "curl", **more})


def named(name, reason):
    def test(t):
        raise h.Skip("by libcurl: " + reason)

    test.__name__, test.__module__ = name, "__main__"
    return test


def run(file, forced=None):
    def main(names):
        for name, reason in (forced or {}).items():
            assert name in names
            names[name] = named(name, reason)
        plain_main(names)

    h.environment, h.main = environment, main
    runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), file), run_name="__main__")
