"""All transforms by name."""

from __future__ import annotations

from ..errors import JobError
from ..plan import Node
from .arithmetic import ARITHMETIC
from .categorical import CATEGORICAL
from .operator import Transform
from .quantiles import QUANTILES
from .scaling import SCALING
from .vectors import VECTORS
from .words import WORDS

TRANSFORMS: dict[str, Transform] = {**ARITHMETIC, **SCALING, **CATEGORICAL, **QUANTILES, **VECTORS, **WORDS}


def transform_of(node: Node) -> Transform:
    found = TRANSFORMS.get(node.op)
    if found is None:
        raise JobError(
            f"The trainer does not know the transform `{node.op}` (in `{node.name}`).",
            "Use one of: " + ", ".join(sorted(name for name in TRANSFORMS if name.isidentifier())) + ".",
            node.name,
        )
    return found
