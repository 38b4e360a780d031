"""Common ground of the lint tests: the files of the tree, C source without comments and strings, and TAP.

    import lint

    def no_file_has_a_tab():
        return ["path:line: what is wrong", ...]        # empty: it holds

    lint.main(globals())                                 # runs every public function of the module in order
"""

import inspect
import os
import re
import sys

SOURCE = os.path.abspath(os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")))
BUILD = os.path.abspath(os.environ.get("top_builddir", os.getcwd()))

GENERATED_DIRECTORIES = {".git", "autom4te.cache", "build-aux", "m4", "__pycache__", ".deps", "_build", "_inst"}
GENERATED_FILES = {"aclocal.m4", "config.h.in", "config.h.in~", "configure", "configure~", "Makefile.in", "Makefile",
                   "config.h", ".git", "config.log", "config.status", "stamp-h1"}


class Skip(Exception):
    """Raised by a test that cannot be done here; the text says why."""


def files(*suffixes, under=""):
    """Paths relative to the top of the tree of what people wrote, sorted."""
    found = []
    for directory, directories, names in os.walk(os.path.join(SOURCE, under)):
        here = os.path.relpath(directory, SOURCE)
        directories[:] = sorted(d for d in directories if d not in GENERATED_DIRECTORIES
                                and not (here == "." and (d.startswith("build") or d.startswith("onager-")))
                                and not os.path.exists(os.path.join(directory, d, "config.status")))
        for name in sorted(names):
            if here == "." and (name in GENERATED_FILES or name.endswith((".log", ".trs", ".tar.xz"))):
                continue
            if name.endswith((".o", ".a", ".log", ".trs", ".pyc", "~")):
                continue
            if not suffixes or name.endswith(suffixes):
                found.append(os.path.normpath(os.path.join(here, name)))
    return found


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        return f.read()


_PIECES = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(text):
    """C source with comments blanked and strings emptied; lines keep their numbers."""
    def blank(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece[0] * 2
        return " " + "\n" * piece.count("\n")
    return _PIECES.sub(blank, text)


def matches(paths, pattern, prepare=lambda text: text, what="{0}"):
    """path:line: for every match of the pattern; `what` is formatted with the matched text."""
    found = []
    for path in paths:
        for number, line in enumerate(prepare(read(path)).split("\n"), 1):
            for match in re.finditer(pattern, line):
                found.append(f"{path}:{number}: " + what.format(match.group(0).strip()))
    return found


def main(names):
    tests = [f for n, f in names.items() if inspect.isfunction(f) and f.__module__ == "__main__" and not n.startswith("_")]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        title = test.__name__.replace("_", " ")
        try:
            complaints = test()
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}")
            continue
        print(f"{'not ok' if complaints else 'ok'} {number} - {title}")
        for complaint in complaints or ():
            print("# " + complaint.replace("\n", "\n#   "))
        sys.stdout.flush()
