"""Texts as vectors of weighted words. Without ONNX's StringNormalizer, whose letters depend on the machine's locale: the
ways in which a word is written are written out instead, and compared as they stand."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ..errors import JobError
from ..onnx_graph import Value
from .operator import Fitting, Lowering, State, Transform
from .vectors import unit

#: Said to ONNX's StringSplit too: without it, engines disagree with the standard about which white space counts.
_BETWEEN = " "
#: A word of every text, so that one without words still has one; no vocabulary holds it.
_LAST = "\x02"


def words_of(text: str) -> list[str]:
    return [word for word in text.split(_BETWEEN) if word and word != _LAST]


def _forms(word: str, seen: set[str]) -> set[str]:
    """Ways to write a word that read as it in small letters: those that were seen, all capitals, one capital."""
    likely = {word, word.upper(), word[:1].upper() + word[1:]}
    return seen | {form for form in likely if form.lower() == word}


def _fit(at: Fitting) -> State:
    node = at.arguments.node
    texts = [words_of(text) for text in at.first.ravel().tolist()]
    counts: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    for text in texts:
        lowered = [word.lower() for word in text]
        counts.update(lowered)
        rows.update(set(lowered))
        for word, low in zip(text, lowered, strict=True):
            seen.setdefault(low, set()).add(word)
    least = int(at.arguments.get("min_rows", None, 1))
    known = sorted((word for word in counts if rows[word] >= least), key=lambda word: (-counts[word], word))
    vocabulary = sorted(known[: int(at.arguments.get("max", None, 1000))])
    if not vocabulary:
        raise JobError(
            f"`{node.op}` of `{node.name}` has nothing to learn from: no training row of `{node.inputs[0]}` has a word "
            f"that {least} rows have.",
            "Lower `min_rows`, or remove it from the model.",
            node.inputs[0],
        )
    return {
        "columns": {form: column for column, word in enumerate(vocabulary) for form in _forms(word, seen[word])},
        "weights": [float(np.log((1 + len(texts)) / (1 + rows[word])) + 1) for word in vocabulary],
    }


def _lower(at: Lowering) -> Value:
    builder, value = at.builder, at.inputs[0]
    column_of, weights = at.state["columns"], at.state["weights"]
    flat = builder.node("Reshape", [value.name, builder.constant(np.array([-1], dtype=np.int64))])
    ended = builder.node("StringConcat", [flat, builder.constant([_BETWEEN + _LAST])])
    words = builder.node("StringSplit", [ended], unread=1, delimiter=_BETWEEN)
    pool = sorted(column_of)
    counts = builder.node(
        "TfIdfVectorizer",
        [words],
        mode="TF",
        min_gram_length=1,
        max_gram_length=1,
        max_skip_count=0,
        ngram_counts=[0],
        ngram_indexes=[column_of[form] for form in pool],
        pool_strings=pool,
    )
    weighted = builder.node("Mul", [counts, builder.floats(*weights)])
    return at.result(unit(builder, weighted), value, width=len(weights))


WORDS: dict[str, Transform] = {"tfidf": Transform(_lower, _fit)}
