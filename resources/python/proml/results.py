"""What the studio answered, as notebooks show it: rich where they can, words everywhere."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Optional
from unicodedata import combining, east_asian_width

from .charts import calibration_chart, line_chart, picture
from .durable import write_durably
from .studio import StudioError


class Check:
    """Diagnostics of a program; true where it has no errors."""

    def __init__(self, diagnostics: list[dict[str, Any]], texts: dict[str, str], note: str = "") -> None:
        self.diagnostics = diagnostics
        self.note = note
        self._texts = texts

    @property
    def errors(self) -> int:
        return sum(each["severity"] == "error" for each in self.diagnostics)

    def __bool__(self) -> bool:
        return self.errors == 0

    def __len__(self) -> int:
        return len(self.diagnostics)

    @property
    def summary(self) -> str:
        warnings = sum(each["severity"] == "warning" for each in self.diagnostics)
        counts = f"{_counted(self.errors, 'error')}, {_counted(warnings, 'warning')}"
        return f"{counts}. {self.note}".strip()

    def __repr__(self) -> str:
        parts = []
        for each in self.diagnostics:
            line, marks = self._place(each)
            shown = f"\n    {line}\n    {marks}" if line else ""
            parts.append(f"{_title(each)}{shown}\n  {each['message']} {each['mend']}")
        return "\n\n".join([*parts, self.summary])

    def _repr_html_(self) -> str:
        parts = []
        for each in self.diagnostics:
            line, marks = self._place(each)
            shown = f"<pre>{escape(line)}\n{escape(marks)}</pre>" if line else ""
            parts.append(
                f"<p><b>{escape(_title(each))}</b></p>{shown}<p>{escape(each['message'])} {escape(each['mend'])}</p>"
            )
        return "".join([*parts, f"<p>{escape(self.summary)}</p>"])

    def _place(self, diagnostic: dict[str, Any]) -> tuple[str, str]:
        """The line that it is about, and marks that stand under the place."""
        text = self._texts.get(diagnostic["file"])
        if text is None:
            return "", ""
        # Places count UTF-16 units, as editors do.
        units = text.encode("utf-16-le", "surrogatepass")
        span = diagnostic["span"]
        start, end = (len(units[: 2 * span[name]].decode("utf-16-le", "replace")) for name in ("start", "end"))
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", first)
        line = text[first : len(text) if last < 0 else last].rstrip("\r")
        line = line.replace("\t", " ")
        before, marked = line[: start - first], line[start - first : end - first]
        return line, " " * _columns(before) + "^" * max(1, _columns(marked))


def _columns(text: str) -> int:
    """How wide a text stands in letters of one width: wide characters take two, marks on others none."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _title(diagnostic: dict[str, Any]) -> str:
    return "{file}:{line}:{column} {severity} {code}".format(**diagnostic)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


class Graph:
    """The feature graph, drawn; ``print`` tells it in words."""

    def __init__(self, svg: str, text: str) -> None:
        self.svg = svg
        self.text = text

    def save(self, path: str) -> None:
        write_durably(Path(path), self.svg.encode())

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}


class Draft:
    """A proposed program: ``print`` shows it, ``save`` keeps it, ``assumptions`` are what to look at first."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.text: str = answer["text"]
        self.model: Optional[str] = answer["model"]
        self.label: Optional[str] = answer["label"]
        self.assumptions: list[str] = answer["assumptions"]
        self.program: str = answer["program"]

    def save(self, path: Optional[str] = None) -> Path:
        """Writes it where nothing is yet: at `path`, else under the name it proposes."""
        from .studio import workspace

        target = Path(path) if path else workspace() / self.program
        if target.exists():
            raise StudioError(f"`{target.name}` is there already.", "Save it under another name.", "already_exists")
        write_durably(target, self.text.encode())
        return target

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "\n".join([self.text, *(f"- {each}" for each in self.assumptions)])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(each)}</li>" for each in self.assumptions)
        return f"<pre>{escape(self.text)}</pre><p>What was taken for granted:</p><ul>{items}</ul>"


class Run:
    """A training run: ``metrics`` by split, ``confusion``, ``curves``, ``importance``; shown with all of them."""

    def __init__(self, run: dict[str, Any]) -> None:
        self.record = run
        self.id: str = run["id"]
        self.model: str = run["model"]
        self.state: str = run["state"]
        self.metrics: dict[str, dict[str, float]] = run["metrics"]
        self.confusion: Optional[dict[str, float]] = run["confusion"]
        self.curves: Optional[dict[str, Any]] = run["curves"]
        self.importance: list[dict[str, Any]] = run["importance"]

    def __getitem__(self, metric: str) -> float:
        """A metric on the test split: ``run["auc"]``."""
        return self.metrics["test"][metric]

    @property
    def title(self) -> str:
        rows = self.record.get("rows")
        counts = f" · {rows['train']:,} rows to learn from, {rows['test']:,} to test on" if rows else ""
        return f"{self.model} · run {self.id} · {self.state}{counts}"

    def _table(self) -> list[list[str]]:
        splits = list(self.metrics)
        names = list(dict.fromkeys(name for split in splits for name in self.metrics[split]))
        return [["", *splits], *([name, *(_figure(self.metrics[s].get(name)) for s in splits)] for name in names)]

    def __repr__(self) -> str:
        table = self._table()
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
        if self.confusion:
            lines.append(
                "at {threshold:.3g}: {truePositive:,} true and {falsePositive:,} false positives, "
                "{trueNegative:,} true and {falseNegative:,} false negatives".format(**self.confusion)
            )
        lines.extend(f"{each['value']:6.1%}  {each['name']}" for each in self.importance[:8])
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        # The studio opens the run from such a link; other notebooks show it as text.
        link = f'<a href="#run/{escape(self.id)}">run {escape(self.id)}</a>'
        title = f"<p><b>{escape(self.model)}</b> · {link}{escape(self.title.split(f'run {self.id}', 1)[1])}</p>"
        return "".join([title, _html_table(self._table()), self._charts(), self._confusion(), self._importance()])

    def _charts(self) -> str:
        if not self.curves:
            return ""
        auc = _figure(self.metrics.get("test", {}).get("auc"))
        roc = [(point["fpr"], point["tpr"]) for point in self.curves["roc"]]
        precision = [(point["recall"], point["precision"]) for point in self.curves["precisionRecall"]]
        charts = [
            picture(line_chart("ROC", roc, "false positive rate", "true positive rate", diagonal=True), f"ROC curve, AUC {auc}")
            if roc
            else "",
            picture(line_chart("Precision and recall", precision, "recall", "precision"), "Precision by recall")
            if precision
            else "",
            picture(calibration_chart(self.curves["calibration"]), "Observed share by predicted probability")
            if self.curves["calibration"]
            else "",
        ]
        return f"<p>{' '.join(chart for chart in charts if chart)}</p>"

    def _confusion(self) -> str:
        if not self.confusion:
            return ""
        c = self.confusion
        rows = [
            [f"at {c['threshold']:.3g}", "predicted true", "predicted false"],
            ["is true", f"{c['truePositive']:,}", f"{c['falseNegative']:,}"],
            ["is false", f"{c['falsePositive']:,}", f"{c['trueNegative']:,}"],
        ]
        return _html_table(rows)

    def _importance(self) -> str:
        rows = [[each["name"], f"{each['value']:.1%}"] for each in self.importance[:12]]
        return _html_table([["input", "importance"], *rows]) if rows else ""


def _figure(value: Optional[float]) -> str:
    return "–" if value is None else f"{value:.4f}"


def _html_table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    for first, *others in body:
        lines.append(f"<th>{escape(first)}</th>" + "".join(f"<td>{escape(cell)}</td>" for cell in others))
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
