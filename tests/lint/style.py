"""What the compiler does not say about style: banned functions, length of files and lines, first comments, tables that
explain themselves, and text that belongs to one machine."""

import os
import re

import lint

BANNED = "sprintf vsprintf strcpy strcat strtok atoi atol atoll atof sscanf gets alloca rand srand random gettimeofday"
MAX_LINES = 500
MAX_TEST_LINES = 600
MAX_COLUMNS = 140
C = (".c", ".h")


def _c_files():
    return [p for d in ("src", "ui", "man", "tests") for p in lint.files(*C, under=d)]


def no_banned_function_is_called():
    return lint.matches(_c_files(), r"(?<![\w.>])(?:%s)\s*\(" % BANNED.replace(" ", "|"), lint.code)


def only_the_command_line_and_the_outputs_print():
    files = [p for p in _c_files() if p.startswith(("src/", "ui/")) and not p.startswith(("src/cli/", "src/output/"))]
    return lint.matches(files, r"(?<![\w.>])(?:printf|vprintf|puts|putchar|perror)\s*\(", lint.code)


def no_file_is_longer_than_500_lines():
    found = []
    for path in _c_files() + lint.files(".py", ".sh", ".mk"):
        lines = lint.read(path).count("\n")
        if lines > (MAX_TEST_LINES if path.startswith("tests/") else MAX_LINES):
            found.append(f"{path}: {lines} lines")
    return found


def no_line_is_longer_than_140_columns():
    return [f"{p}:{n}: {len(line)} columns" for p in _c_files() for n, line in enumerate(lint.read(p).split("\n"), 1) if len(line) > MAX_COLUMNS]


def every_c_file_says_first_what_it_does():
    return [f"{p}:1: no comment" for p in _c_files() + lint.files(".def") if not lint.read(p).startswith("/* ")]


def every_script_says_first_what_it_does():
    found = []
    for path in lint.files(".py", ".sh"):
        text = re.sub(r"^#!.*\n", "", lint.read(path))
        if not text.startswith(('"""', "# ")):
            found.append(f"{path}:1: no comment")
    return found


def text_ends_with_a_line_and_without_blanks():
    found = []
    for path in _c_files() + lint.files(".py", ".sh", ".mk", ".am", ".ac", ".def", ".ini", ".md"):
        text = lint.read(path)
        if text and not text.endswith("\n"):
            found.append(f"{path}: the last line does not end")
        found += [f"{path}:{n}: blanks at the end" for n, line in enumerate(text.split("\n"), 1) if line != line.rstrip()]
    return found


def nothing_speaks_of_one_machine():
    places = r"(?<![\w.$])/(?:%s)/|/tmp/[a-z]+-[a-z]+\b" % "|".join(["work", "root", r"home/[a-z]+"])
    skipped = (".xz", ".png", ".bin")
    return lint.matches([p for p in lint.files() if not p.endswith(skipped) and _is_text(p)], places)


def _is_text(path):
    with open(os.path.join(lint.SOURCE, path), "rb") as f:
        data = f.read()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def _arguments(text, start):
    """Arguments of the macro call whose '(' is at start; strings and nested brackets stay whole."""
    depth, quoted, word, words, i = 0, False, "", [], start
    while i < len(text):
        c = text[i]
        if quoted:
            word += c
            if c == "\\":
                i += 1
                word += text[i]
            elif c == '"':
                quoted = False
        elif c in "([{":
            depth += 1
            word += c if depth > 1 else ""
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return words + [word.strip()]
            word += c
        elif c == "," and depth == 1:
            words.append(word.strip())
            word = ""
        else:
            quoted = c == '"'
            word += c
        i += 1
    return words


def every_table_explains_its_columns_and_every_row_fills_them():
    found = []
    for path in lint.files(".def"):
        text = lint.read(path)
        comment = " ".join(re.findall(r"/\*.*?\*/|^#define [A-Z][^\n]*", text, re.S | re.M))
        columns = {name: len(args.split(",")) for name, args in re.findall(r"\b([A-Z][A-Z0-9_]+)\(([^)]*)\)", comment)}
        body = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        seen = set()
        for match in re.finditer(r"^([A-Z][A-Z0-9_]+)(\()", body, re.M):
            name, place = match.group(1), f"{path}:{body.count(chr(10), 0, match.start()) + 1}"
            arguments = _arguments(body, match.start(2))
            if name not in columns:
                found.append(f"{place}: no comment explains {name}(...)")
            elif len(arguments) != columns[name]:
                found.append(f"{place}: {len(arguments)} columns, {columns[name]} explained")
            row = (name, arguments[0]) if re.fullmatch("[A-Z][A-Z0-9_]*", arguments[0]) else (name, *arguments)
            if row in seen:
                found.append(f"{place}: {arguments[0]} is there twice")
            seen.add(row)
    return found


lint.main(globals())
