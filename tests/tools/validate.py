#!/usr/bin/env python3
"""Validates JSON against a JSON Schema: the keywords summary.schema.json uses, and an error for any other, so that no rule is
passed over in silence. Standard library only.

    validate.py SCHEMA FILE...        one line a mistake; exit 1 when there is one
"""

import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties",
         "patternProperties", "items", "enum", "const", "minimum", "maxItems", "pattern", "anyOf", "oneOf"}


def is_type(value, name):
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def same(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _object(value, schema, root, at):
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, member in value.items():
        rules = [properties[name]] if name in properties else []
        rules += [rule for pattern, rule in patterns.items() if re.search(pattern, name)]
        more = schema.get("additionalProperties", True)
        if not rules and more is False:
            yield f"{at}: {name} is unknown"
        elif not rules and isinstance(more, dict):
            rules = [more]
        for rule in rules:
            yield from mistakes(member, rule, root, f"{at}.{name}")


def mistakes(value, schema, root=None, at="$"):
    """Every mistake as a line of text."""
    root = schema if root is None else root
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"this validator does not know {sorted(unknown)}")
    if "$ref" in schema:
        yield from mistakes(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, at)
    wanted = schema.get("type")
    if wanted is not None and not any(is_type(value, name) for name in ([wanted] if isinstance(wanted, str) else wanted)):
        yield f"{at}: expected {wanted}, got {json.dumps(value)[:60]}"
        return
    if "const" in schema and not same(value, schema["const"]):
        yield f"{at}: expected {schema['const']!r}, got {value!r}"
    if "enum" in schema and not any(same(value, x) for x in schema["enum"]):
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "minimum" in schema and is_type(value, "number") and value < schema["minimum"]:
        yield f"{at}: {value} is under {schema['minimum']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} is not like {schema['pattern']}"
    for key in ("anyOf", "oneOf"):
        if key in schema:
            fits = [not list(mistakes(value, rule, root, at)) for rule in schema[key]]
            if sum(fits) == 0 or (key == "oneOf" and sum(fits) != 1):
                yield f"{at}: fits {sum(fits)} of {len(fits)} forms"
    if isinstance(value, dict):
        yield from _object(value, schema, root, at)
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for i, item in enumerate(value):
            if "items" in schema:
                yield from mistakes(item, schema["items"], root, f"{at}[{i}]")


def load(file):
    def refuse(word):
        raise ValueError(word + " is no JSON number")

    with open(file, encoding="utf-8") as f:
        return json.load(f, parse_constant=refuse)


def main():
    schema = load(sys.argv[1])
    bad = False
    for file in sys.argv[2:]:
        for line in mistakes(load(file), schema):
            print(f"{file}: {line}")
            bad = True
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
