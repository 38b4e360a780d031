"""The README does not rot: its commands exist or run as they stand there (against a server here, for a moment), the files that
it names exist, and so do the examples of the manual."""

import os
import re
import shlex
import subprocess
import sys

import lint

sys.path.insert(0, os.path.join(lint.SOURCE, "tests", "e2e"))
import harness as h  # noqa: E402
import secure  # noqa: E402

HTTP, HTTPS = "http://127.0.0.1:8080", "https://127.0.0.1:8443"


def _blocks():
    return re.findall(r"^```sh\n(.*?)^```$", lint.read("README.md"), re.S | re.M)


def _commands():
    return [shlex.split(line) for block in _blocks() for line in block.strip().split("\n")]


def _examples_of_the_manual():
    text = lint.read("man/onager.1.in").split(".Sh EXAMPLES")[1]
    return [shlex.split(line[4:].replace("\\-", "-")) for line in text.split("\n") if line.startswith(".Dl ")]


def _run(words, addresses):
    """The words with the servers' addresses, a moment long, files where they may be written."""
    short = list(words[1:])
    for written, real in addresses.items():
        short = [real + w[len(written):] if w.startswith(written) else w for w in short]
    short = [h.path(w) if w in ("result.json", "ca.pem") else w for w in short]
    if short[:2] == ["demo", "--serve"]:
        return []  # it would serve for ever, and on a port that may be somebody's
    if short[0] == "find":
        short += ["--step-time", "200ms", "--hold-time", "200ms", "--max", "20"]
    if short[0] == "run" or "://" in short[0]:
        short += ["--quiet"] + ([] if "-n" in short else ["-d", "200ms"])
    result = h.onager(*short)
    if result.code != 0 or result.err.count("unknown"):
        return [f"{' '.join(words)}: {result}"]
    return []


def the_two_commands_stand_there():
    return [c for c in ("./bootstrap demo", "./bootstrap check") if c.split() not in _commands()]


def every_word_of_bootstrap_is_one():
    usage = subprocess.run([os.path.join(lint.SOURCE, "bootstrap"), "help"], capture_output=True, text=True, check=True).stdout
    return [" ".join(c) for c in _commands() if c[0] == "./bootstrap" and not re.search(rf"^  {c[1]}\b", usage, re.M)]


def every_command_of_the_readme_and_the_manual_works():
    server = h.TestServer()
    tls_server = secure.Server(secure.serve_all, secure.Authority().sign("server"))
    addresses = {HTTP: server.url, HTTPS + "/": tls_server.url}
    found = []
    commands = [c for c in _commands() + _examples_of_the_manual() if c[0] == "onager"]
    if len(commands) < 8:
        found.append(f"only {len(commands)} commands were found")
    h.start([h.ONAGER, server.url + "/", "-r", "20", "-d", "10m", "--progress"], stdout=h.subprocess.DEVNULL, stderr=h.subprocess.DEVNULL)
    h.wait_for("a run for ctl", lambda: h.onager("ctl", "status").code == 0)
    for words in commands:
        if words[1] == "ctl" and {"-w", "--run"} & set(words): # waits for the end; another process
            continue
        if words[1].endswith(".ini"):
            words = [words[0], "check", words[1]]
        if words[1] in ("check", "inspect", "simulate"):
            words = [*words[:2], *(os.path.join(lint.SOURCE, w) for w in words[2:])]
        found += _run(words, addresses)
    server.stop()
    tls_server.stop()
    return found


def every_file_that_the_readme_names_exists():
    found = []
    prose = re.sub(r"^```.*?^```$", "", lint.read("README.md"), flags=re.S | re.M)
    have = lint.files()
    for name in re.findall(r"`([\w./*]+)`", prose):
        if re.search(r"\.(c|h|py|md|ini|txt)$", name) and not any(re.search(rf"(^|/){re.escape(name).replace(chr(92) + '*', '[^/]*')}$", p) for p in have):
            found.append(name)
        elif "/" in name and name.endswith("/") and not os.path.isdir(os.path.join(lint.SOURCE, name)):
            found.append(name)
    return found


def every_make_target_that_the_readme_names_exists():
    make = "\n".join(lint.read(p) for p in ["Makefile.am", *lint.files(".mk")])
    standard = {"check", "install", "distcheck"}
    return [t for t in re.findall(r"`make ([\w-]+)", lint.read("README.md")) if t not in standard and not re.search(rf"^{t}:", make, re.M)]


def every_switch_of_configure_exists():
    text = lint.read("configure.ac")
    found = []
    for kind, name in re.findall(r"--(enable|disable|without)-([\w-]+)", lint.read("README.md")):
        if not re.search(rf"AC_ARG_{'WITH' if kind == 'without' else 'ENABLE'}\(\[{name}\]", text):
            found.append(f"--{kind}-{name}")
    return found


lint.main(globals())
