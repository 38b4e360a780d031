"""The manual and the completions say what the tables say, and their readers find nothing wrong with them."""

import os
import re
import shutil
import subprocess
import tempfile

import lint

PAGE = os.path.join(lint.BUILD, "man", "onager.1")


def _rows(path, macro, column):
    """One column of a table, as text."""
    always = re.sub(r"^#ifdef .*?^#endif", "", lint.read(path), flags=re.S | re.M)  # the rest is not in every build
    rows = re.findall(r"^%s\((.*)" % macro, always, re.M)
    return [re.findall(r'"((?:\\.|[^"\\])*)"|([^",\s()]+)', row)[column] for row in rows]


def _names(path, macro, column):
    return [quoted or bare for quoted, bare in _rows(path, macro, column)]


def _page():
    with open(PAGE, encoding="utf-8") as f:
        return f.read()


def _built():
    return [os.path.join(lint.BUILD, "man", name) for name in
            ("onager.1", "onager.conf.5", "onager-plan.5", "onager-theme.5", "onager-keys.7", "onager-metrics.7", "onager-tutorial.7")]


def mandoc_has_nothing_to_say():
    if not shutil.which("mandoc"):
        raise lint.Skip("no mandoc here")
    found = []
    pages = _built() + [os.path.join(lint.SOURCE, p) for p in lint.files(*(f".{n}" for n in range(1, 9)), under="man")]
    for page in pages:
        out = subprocess.run(["mandoc", "-Tlint", "-Wstyle", page], capture_output=True, text=True, check=False)
        found += [line for line in (out.stdout + out.stderr).split("\n")
                  if line and "mandoc.db" not in line and "referenced manual not found" not in line]
    return found


def every_row_of_the_tables_is_in_the_manual():
    text = _page().replace("\\-", "-").replace("\\&", "")
    found = []
    for path, macro, column, form in (
            ("src/cli/args.def", "OPTION", 1, r"^\.It .*Fl -{}\b"),
            ("src/cli/commands.def", "CLI_COMMAND", 0, r"^\.It Cm {}\b"),
            ("ui/keys.def", "KEY", 0, r'^\.It Ic "{}"$'),
            ("src/include/onager/exit_code.def", "EXIT_CODE", 1, r'^\.It "{}"$'),
            ("src/include/onager/fault.def", "FAULT", 1, r'^\.It Sy "{}"$'),
            ("src/include/onager/verdict_reason.def", "VERDICT_REASON", 1, r"^\.It Sy {} "),
            ("src/metrics/metrics.def", "METRIC", 1, r"^\.It Sy {}$")):
        names = [n for n in _names(path, macro, column) if n != "*"]
        if not names:
            found.append(f"{path}: no {macro} was read")
        found += [f"{path}: {name} is not in the manual" for name in names if not re.search(form.format(re.escape(name)), text, re.M)]
    return found


def every_row_is_in_the_page_of_its_own():
    found = []
    for page, path, macro, column, form in (
            ("onager-keys.7", "ui/keys.def", "KEY", 0, r'^\.It Ic "{}" Pq '),
            ("onager-theme.5", "ui/roles.def", "ROLE", 1, r'^\.It Sy "{}"$'),
            ("onager-plan.5", "src/plan/plan_keys.def", "PLAN_KEY", 2, r'^\.It Ic "{}'),
            ("onager-plan.5", "src/include/onager/generator.def", "GENERATOR", 1, r'^\.It Ic "{}\b'),
            ("onager-metrics.7", "src/metrics/metrics.def", "METRIC", 1, r"^\.It Sy {}$"),
            ("onager-metrics.7", "src/include/onager/fault.def", "FAULT", 1, r'^\.It Sy "{}"$'),
            ("onager-metrics.7", "src/include/onager/verdict_reason.def", "VERDICT_REASON", 1, r"^\.It Sy {} ")):
        with open(os.path.join(lint.BUILD, "man", page), encoding="utf-8") as f:
            text = f.read().replace("\\-", "-").replace("\\&", "")
        names = [n for n in _names(path, macro, column) if n != "*"]
        if not names:
            found.append(f"{path}: no {macro} was read")
        found += [f"{path}: {name} is not in {page}" for name in names if not re.search(form.format(re.escape(name)), text, re.M)]
    return found


def each_page_names_only_pages_that_are_there():
    names = {os.path.basename(p) for p in _built()}
    found = []
    for page in _built():
        with open(page, encoding="utf-8") as f:
            for name, section in re.findall(r"^\.Xr (\S+) (\d)", f.read(), re.M):
                if name.startswith("onager") and f"{name}.{section}" not in names:
                    found.append(f"{os.path.basename(page)}: there is no {name}({section})")
    return found


def no_list_was_left_unfilled():
    found = []
    for page in _built():
        with open(page, encoding="utf-8") as f:
            found += [f"{os.path.basename(page)}: {line}" for line in f.read().split("\n") if re.search(r"@\w+@", line)]
    return found


def the_shells_can_read_the_completions():
    found = []
    for shell, name in (("bash", "onager.bash"), ("zsh", "_onager"), ("fish", "onager.fish")):
        if shutil.which(shell):
            out = subprocess.run([shell, "-n", os.path.join(lint.BUILD, "man", name)], capture_output=True, text=True, check=False)
            found += [line for line in out.stderr.split("\n") if line]
    return found


def bash_offers_options_values_commands_and_plans():
    if not shutil.which("bash"):
        raise lint.Skip("no bash here")
    found = []
    with tempfile.TemporaryDirectory() as directory:
        open(os.path.join(directory, "shop.ini"), "w", encoding="utf-8").close()
        open(os.path.join(directory, "shop.txt"), "w", encoding="utf-8").close()
        for words, wanted in ((["--thres"], "--threshold"), (["--color", "al"], "always"), (["--color", "=", "ne"], "never"), (["che"], "check"), (["sh"], "shop.ini"),
                              (["-o", "shop.t"], "shop.txt"), (["-r", ""], ""), (["run", "che"], "")):
            script = f'. "$1"; shift; COMP_WORDS=(onager "$@"); COMP_CWORD={len(words)}; _onager; echo "${{COMPREPLY[*]}}"'
            out = subprocess.run(["bash", "--norc", "-c", script, "bash", os.path.join(lint.BUILD, "man", "onager.bash"), *words],
                                 cwd=directory, capture_output=True, text=True, check=False)
            if out.stdout.strip() != wanted or out.stderr:
                found.append(f"onager {' '.join(words)}: {out.stdout.strip()!r} {out.stderr}, not {wanted!r}")
    return found


lint.main(globals())
