"""A folder includes only what stands to its left: the -I lists of Makefile.am obey the order of the layers, and no include
gets around them. The compiler says the first half of it, by not finding the header; this says the rest."""

import os
import re

import lint

RANK = {"include": -1, "base": 0, "plan": 1, "metrics": 1, "net": 2, "load": 3, "engine": 4, "output": 5, "demo": 5, "cli": 6, "ui": 6}

# A header of a library belongs to the folders that are there to use it.
LIBRARY_FOLDERS = {
    r"n?curses\.h|ncursesw/.*|term\.h|panel\.h": {"ui"},
    r"curl/.*": {"plan", "net", "engine"},  # plan: the URL parser
    r"ev\.h": {"net", "load", "engine"},
    r"openssl/.*": {"plan", "net", "load", "engine"},
    r"ini\.h": {"plan", "ui"},
    r"ck_.*": {"base"},
    r"zlib\.h": {"metrics", "net", "load"},
    r"jansson\.h": {"demo", "load", "plan", "cli"},
    r"pcre2\.h": {"plan"},
    r"yaml\.h": {"plan"},
    r"gumbo\.h": {"load"},
    r"microhttpd\.h": {"demo"},
}
STANDARD = re.compile(r"^(std\w+|string|strings|inttypes|limits|errno|math|float|assert|ctype|time|signal)\.h$")


def _makefile():
    text = "\n".join(lint.read(p) for p in ["Makefile.am"] + lint.files("local.mk"))
    text = text.replace("\\\n", " ")
    return dict(re.findall(r"^(\w+) *\+?= *(.*)$", text, re.M))


MAKE = _makefile()


def _include_list(name, seen=()):
    """Folders of the -I list, relative to the top."""
    found = []
    for word in MAKE[name].split():
        inner = re.match(r"\$\((I_\w+)\)$", word)
        if inner:
            found += _include_list(inner.group(1))
        elif word.startswith("-I$(top_srcdir)"):
            found.append(word[len("-I$(top_srcdir)/"):])
    return found


def _folder(path):
    parts = path.split("/")
    return "ui" if parts[0] == "ui" else parts[1]


def _sources():
    return lint.files(".c", ".h", under="src") + lint.files(".c", ".h", under="ui")


def _includes(path):
    for number, line in enumerate(lint.read(path).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def every_folder_is_a_layer():
    return [f"{p}: folder {_folder(p)} has no rank" for p in _sources() if _folder(p) not in RANK]


def a_list_of_includes_holds_only_what_stands_to_the_left():
    found = []
    for name in (n for n in MAKE if n.startswith("I_") and n not in ("I_PUBLIC", "I_TEST")):
        folder = name[2:].lower()
        for directory in _include_list(name):
            if _folder(directory + "/x") != folder and RANK[_folder(directory + "/x")] > RANK[folder]:
                found.append(f"Makefile.am: {name} holds {directory}")
    return found


def the_dashboard_sees_the_public_headers_alone():
    return [f"Makefile.am: I_UI holds {d}" for d in _include_list("I_UI") if d not in ("src/include", "ui")]


def a_folder_is_compiled_with_its_own_list():
    found = []
    for makefile in lint.files("local.mk", under="src") + lint.files("local.mk", under="ui"):
        folder = _folder(makefile)
        for target, flags in re.findall(r"^(\w+)_CPPFLAGS *= *(.*)$", lint.read(makefile).replace("\\\n", " "), re.M):
            lists = re.findall(r"\$\((I_\w+)\)", flags)
            if lists != ["I_" + folder.upper()]:
                found.append(f"{makefile}: {target} is compiled with {' '.join(lists)}, not with I_{folder.upper()}")
    return found


def an_include_in_quotes_is_found_in_an_allowed_folder():
    found = []
    made = set(re.findall(r"^(\S+\.h):", "\n".join(lint.read(p) for p in lint.files("local.mk")), re.M))
    for path in _sources():
        folder = _folder(path)
        places = [os.path.dirname(path)] + _include_list("I_PUBLIC" if folder == "include" else "I_" + folder.upper())
        for number, system, name in _includes(path):
            if ".." in name.split("/"):
                found.append(f"{path}:{number}: {name} leaves its folder")
            elif not system and not any(p + "/" + name in made or os.path.exists(os.path.join(lint.SOURCE, p, name)) for p in places):
                found.append(f"{path}:{number}: {name} is in none of {' '.join(places)}")
    return found


def a_library_is_used_where_it_belongs():
    found = []
    for path in _sources():
        for number, system, name in _includes(path):
            for pattern, folders in LIBRARY_FOLDERS.items():
                if system and re.fullmatch(pattern, name) and _folder(path) not in folders:
                    found.append(f"{path}:{number}: <{name}> belongs to {' '.join(sorted(folders))}")
    return found


def only_one_file_calls_curses():
    return [f"{p}:{n}: <{name}>" for p in _sources() for n, system, name in _includes(p)
            if re.search(r"curses|^term\.h$", name) and system and p != "ui/term.c"]


def a_public_header_needs_no_library():
    return [f"{p}:{n}: <{name}>" for p in lint.files(".h", under="src/include") for n, system, name in _includes(p)
            if (system and not STANDARD.match(name)) or (not system and not name.startswith("onager/"))]


lint.main(globals())
