"""What notebooks show, without a kernel: the words of results, the words of commands, and how the command is found."""

from __future__ import annotations

import json
import os
import sys
import unittest
import xml.etree.ElementTree as tree
from unittest import mock

from proml import charts, studio
from proml.arguments import parse
from proml.results import Check, Run
from proml.studio import StudioError


def diagnostic(start: int, end: int) -> dict[str, object]:
    place = {"file": "a.proml", "span": {"start": start, "end": end}, "line": 2, "column": 3}
    return {**place, "severity": "error", "code": "PML1101", "message": "No.", "mend": "Yes <b>.", "fixes": []}


class Results(unittest.TestCase):
    def test_a_place_is_marked_in_its_line_after_characters_of_two_units_and_of_none(self) -> None:
        text = "// one\nab 🛫 e\u0301 wrong\r\nlast"
        start = len("// one\nab XX e\u0301 ")
        shown = repr(Check([diagnostic(start, start + 5)], {"a.proml": text}))
        # The plane is one character of two columns, the accent one of none.
        self.assertIn("\n    ab 🛫 e\u0301 wrong\n    " + " " * 8 + "^^^^^\n", shown)

    def test_a_place_over_several_lines_and_one_of_no_width_are_marked_once(self) -> None:
        self.assertIn("\n    two\n    ^^^\n", repr(Check([diagnostic(4, 11)], {"a.proml": "one\ntwo\nthree"})))
        self.assertIn("\n    one\n       ^\n", repr(Check([diagnostic(3, 3)], {"a.proml": "one"})))

    def test_what_a_program_says_is_text_in_a_page(self) -> None:
        html = Check([diagnostic(0, 3)], {"a.proml": "<b>"})._repr_html_()
        self.assertIn("&lt;b&gt;", html)
        self.assertIn("Yes &lt;b&gt;.", html)

    def test_a_run_without_curves_shows_its_metrics(self) -> None:
        record = {"id": "r-1", "model": "m", "state": "succeeded", "metrics": {"test": {"rmse": 1.5}}, "rows": None}
        run = Run({**record, "confusion": None, "curves": None, "importance": [{"name": "x", "value": 1.0}]})
        self.assertEqual(repr(run), "m · run r-1 · succeeded\n      test\nrmse  1.5000\n100.0%  x")
        self.assertIn("<th>rmse</th><td>1.5000</td>", run._repr_html_())
        self.assertEqual(run["rmse"], 1.5)

    def test_charts_are_drawings_by_themselves(self) -> None:
        chart = charts.line_chart("A < B", [(0.0, 0.0), (1.0, 2.0)], "x & y", "z")
        self.assertEqual(tree.fromstring(chart).tag, "{http://www.w3.org/2000/svg}svg")


class Words(unittest.TestCase):
    def test_are_read_as_people_write_them(self) -> None:
        found = parse('preview delay_3h --rows 5 --as-of "2001-01-05 18:30"')
        assert found
        self.assertEqual((found.command, found.subject, found.rows, found.as_of), ("preview", "delay_3h", 5, "2001-01-05 18:30"))
        self.assertIsNone(parse(""))
        self.assertIsNone(parse("train --help"))

    def test_that_are_not_understood_are_told_in_two_sentences(self) -> None:
        for line in ("nothing", "preview x --rows many", 'check "open', "train a b"):
            with self.assertRaises(StudioError) as raised:
                parse(line)
            self.assertIn("%proml does not understand this", raised.exception.message)
            self.assertLessEqual(len(raised.exception._render_traceback_()), 2)


class Command(unittest.TestCase):
    def call(self, script: str) -> object:
        with mock.patch.dict(os.environ, {"PROML_COMMAND": json.dumps([sys.executable, "-c", script])}):
            return studio.ask(["check"], "text", events.append)

    def test_is_what_the_studio_says(self) -> None:
        with mock.patch.dict(os.environ, {"PROML_COMMAND": "proml check"}), self.assertRaises(StudioError) as raised:
            studio.command()
        self.assertIn("PROML_COMMAND", raised.exception.message)

    def test_gets_the_text_that_is_not_saved_and_tells_events(self) -> None:
        events.clear()
        answer = self.call(
            "import json, sys; print('{\"type\": \"progress\"}', file=sys.stderr); print('noise', file=sys.stderr);"
            "print(json.dumps([sys.argv[1:3], open(sys.argv[sys.argv.index('--unsaved') + 1]).read()]))"
        )
        self.assertEqual(answer, [["check", "--json"], "text"])
        self.assertEqual(events, [{"type": "progress"}])

    def test_that_fails_is_told_by_its_code(self) -> None:
        with self.assertRaises(StudioError) as raised:
            self.call("import sys; print('{\"error\": {\"code\": \"not_found\", \"message\": \"No.\"}}'); sys.exit(2)")
        self.assertEqual((raised.exception.code, str(raised.exception)), ("not_found", "No."))

    def test_that_breaks_is_told_with_its_last_words(self) -> None:
        with self.assertRaises(StudioError) as raised:
            self.call("raise SystemExit('out of paper')")
        self.assertIn("out of paper", raised.exception.hint)

    def test_that_writes_much_is_read_whole(self) -> None:
        answer = self.call("import json, sys; sys.stderr.write('x' * 300000 + chr(10)); print(json.dumps('y' * 3000000))")
        self.assertEqual(answer, "y" * 3_000_000)


events: list[dict[str, object]] = []

if __name__ == "__main__":
    unittest.main()
