"""The tarball is complete: every file under version control is in it, and no folder has a Makefile of its own."""

import os
import shutil
import subprocess

import lint


def _distributed():
    make = os.environ.get("MAKE", "make")
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    out = subprocess.run([make, "-s", "--no-print-directory", "list-dist"], cwd=lint.BUILD, env=environment, capture_output=True, text=True, check=True).stdout
    prefixes = (lint.SOURCE + "/", os.path.relpath(lint.SOURCE, lint.BUILD) + "/")
    found = set()
    for word in out.split():
        for prefix in prefixes:
            if word.startswith(prefix):
                word = word[len(prefix):]
        found.add(os.path.normpath(word))
    return found


def every_file_under_version_control_is_distributed():
    if not os.path.exists(os.path.join(lint.SOURCE, ".git")) or not shutil.which("git"):
        raise lint.Skip("not a git work tree, or no git here")
    result = subprocess.run(["git", "ls-files"], cwd=lint.SOURCE, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise lint.Skip("git refuses this work tree: " + result.stderr.strip().split("\n")[0])
    have = _distributed()
    left_out = {".gitignore", "bench.json"}
    found = []
    for path in result.stdout.split("\n"):
        parents = [path[:i] for i, c in enumerate(path) if c == "/"]
        if path and path not in have and path not in left_out and not any(p in have for p in parents) \
                and os.path.exists(os.path.join(lint.SOURCE, path)):
            found.append(f"{path}: not in the tarball; add it to a _SOURCES or EXTRA_DIST of its local.mk")
    return found


def there_is_one_makefile():
    return [p for p in lint.files("Makefile.am") if p != "Makefile.am"]


lint.main(globals())
