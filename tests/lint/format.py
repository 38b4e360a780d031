"""The C files look as .clang-format says. Two major versions of the program differ in details, so only the one that the first
line of .clang-format names is asked."""

import os
import re
import shutil
import subprocess

import lint


def _program():
    wanted = re.match(r"# clang-format (\d+)", lint.read(".clang-format")).group(1)
    had = []
    for name in (f"clang-format-{wanted}", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            found = re.search(r"version (\d+)", version)
            if found and found.group(1) == wanted:
                return program
            had.append(found.group(1) if found else version.strip())
    raise lint.Skip(f"the tree is formatted with clang-format {wanted}, here is {'version ' + had[0] if had else 'none'}")


def every_c_file_is_formatted():
    program = _program()
    files = [p for d in ("src", "ui", "man", "tests") for p in lint.files(".c", ".h", under=d)]
    result = subprocess.run([program, "--dry-run", "--style=file", *files], cwd=lint.SOURCE, capture_output=True, text=True,
                            check=False, env={**os.environ, "LC_ALL": "C"})
    wrong = [line for line in result.stderr.split("\n") if "warning:" in line or "error:" in line]
    return wrong[:50] + ([] if result.returncode == 0 else [f"{program} failed: {result.stderr[:500]}"])


lint.main(globals())
