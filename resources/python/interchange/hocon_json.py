"""Prints HOCON files as JSON: ``python hocon_json.py <workspace> <file>...``

Includes are read only inside the workspace, and environment variables not at all: a configuration is data from anywhere.
One JSON object goes to standard output: ``{"files": [...]}`` in the order asked for, or ``{"error": {...}}``.
"""

import json
import os
import sys

import hocon

LARGEST_FILE = 8 * 1024 * 1024
# Substitutions can make a small text grow without end.
MOST_VALUES = 500_000
MOST_MEMORY = 2 * 1024**3


class Refused(Exception):
    """A sentence for a person."""


def limit_memory():
    try:
        import resource
    except ImportError:
        # Windows has no such limit; the deadline of whoever started this process remains.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def confined_reader(workspace):
    root = os.path.realpath(workspace)

    def read(path):
        real = os.path.realpath(path)
        if os.path.commonpath([root, real]) != root:
            raise Refused("An `include` leaves the workspace.")
        with open(real, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Refused("The file, or one that it includes, is larger than 8 MiB.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Refused("The file, or one that it includes, is not UTF-8 text.") from None

    return read


def count_values(value, left):
    """What is left of an allowance of values; raises before a tree grows beyond it."""
    if left <= 0:
        raise Refused("It grows beyond half a million values when its substitutions are resolved.")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    left -= 1
    for child in children:
        left = count_values(child, left)
    return left


def no_package(identifier, file, _including, _base):
    raise Refused(f'`include package("{identifier}", "{file}")` is not carried; include a file of the workspace.')


def load(path, read):
    config = hocon.parse_file(path, env={}, read_file=read, package_resolver=no_package)
    value = config.to_object()
    count_values(value, MOST_VALUES)
    return value


def main(workspace, *paths):
    read = confined_reader(workspace)
    files = []
    for path in paths:
        try:
            files.append(load(path, read))
        except Refused as error:
            return {"error": {"file": path, "line": None, "message": str(error)}}
        except RecursionError:
            return {"error": {"file": path, "line": None, "message": "It is nested too deeply."}}
        except MemoryError:
            return {"error": {"file": path, "line": None, "message": "It needs more than 2 GiB of memory."}}
        except (hocon.ParseError, hocon.ResolveError, hocon.ConfigError, OSError) as error:
            line = getattr(error, "line", None)
            return {"error": {"file": path, "line": line or None, "message": str(error)}}
    return {"files": files}


if __name__ == "__main__":
    limit_memory()
    json.dump(main(*sys.argv[1:]), sys.stdout)
