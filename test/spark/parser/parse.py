"""Parses lists of statements in Spark's dialect: one JSON list a line, one JSON answer a line."""

import json
import sys

import sqlglot
from sqlglot import ErrorLevel
from sqlglot.errors import SqlglotError


def answer(statement):
    try:
        found = sqlglot.parse(statement, read="spark", error_level=ErrorLevel.RAISE)
        if len(found) != 1 or found[0] is None:
            return {"kind": "", "error": f"{len(found)} statements"}
        return {"kind": type(found[0]).__name__, "error": None}
    except SqlglotError as error:
        return {"kind": "", "error": str(error)}


for line in sys.stdin:
    print(json.dumps([answer(statement) for statement in json.loads(line)]), flush=True)
