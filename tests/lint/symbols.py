"""No function of onager has the name of a function of a library it is linked with: the calls of the library would end in ours."""

import os
import shutil
import subprocess

import lint


def _names(options, path):
    out = subprocess.run(["nm", *options, path], capture_output=True, text=True, check=False).stdout
    return {line.split()[-1].split("@")[0] for line in out.split("\n") if len(line.split()) >= 2}


def no_symbol_is_also_one_of_a_library():
    if not shutil.which("nm") or not shutil.which("ldd"):
        raise lint.Skip("no nm or ldd here")
    if os.environ.get("SAN_CFLAGS", "").strip():
        raise lint.Skip("a sanitizer has names of its own")
    program = os.path.join(lint.BUILD, "src", "onager")
    ours = {}
    for directory, _, names in os.walk(os.path.join(lint.BUILD, "src")):
        for name in names:
            if name.endswith(".a"):
                for symbol in _names(["--defined-only", "--extern-only"], os.path.join(directory, name)):
                    ours[symbol] = os.path.join(os.path.relpath(directory, lint.BUILD), name)
    if not ours:
        return ["no library of onager was found"]
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    found = []
    for word in (w for line in libraries.split("\n") for w in line.split() if w.startswith("/")):
        for symbol in sorted(_names(["-D", "--defined-only"], word) & set(ours)):
            found.append(f"{symbol} of {ours[symbol]} is also in {word}")
    return found


lint.main(globals())
