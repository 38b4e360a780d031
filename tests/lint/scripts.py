"""Shell scripts pass shellcheck, Python files compile."""

import ast
import shutil
import subprocess

import lint


def _shell_files():
    found = []
    for path in lint.files():
        if path.endswith(".sh"):
            found.append(path)
        elif "." not in path.rsplit("/", 1)[-1]:
            try:
                first = lint.read(path).split("\n", 1)[0]
            except UnicodeDecodeError:
                continue
            if first.startswith("#!") and first.rstrip().endswith(("sh", "bash")):
                found.append(path)
    return found


def the_scripts_are_found():
    return [f"{p} is not looked at" for p in ("bootstrap",) if p not in _shell_files()]


def shellcheck_has_nothing_to_say():
    if not shutil.which("shellcheck"):
        raise lint.Skip("no shellcheck here")
    result = subprocess.run(["shellcheck", "--format=gcc", *_shell_files()], cwd=lint.SOURCE, capture_output=True, text=True, check=False)
    return [line for line in (result.stdout + result.stderr).split("\n") if line]


def every_python_file_compiles():
    found = []
    for path in lint.files(".py"):
        try:
            ast.parse(lint.read(path), path)
        except SyntaxError as error:
            found.append(f"{path}:{error.lineno}: {error.msg}")
    return found


lint.main(globals())
