"""All algorithms by name."""

from __future__ import annotations

from ..errors import JobError
from ..plan import Node
from .algorithm import Algorithm
from .boosted_trees import BOOSTED_TREES
from .linear import LINEAR
from .mixed_effects import MIXED_EFFECTS
from .mlp import MLP
from .naive_bayes import NAIVE_BAYES
from .trees import TREES

ALGORITHMS: dict[str, Algorithm] = {
    **LINEAR,
    **TREES,
    "boosted_trees": BOOSTED_TREES,
    "naive_bayes": NAIVE_BAYES,
    "mlp": MLP,
    "mixed_effects": MIXED_EFFECTS,
}


def algorithm_of(node: Node, task: str) -> Algorithm:
    found = ALGORITHMS.get(node.op)
    if found is None:
        raise JobError(
            f"The trainer does not know the algorithm `{node.op}` (in `{node.name}`).",
            "Use one of: " + ", ".join(sorted(ALGORITHMS)) + ".",
            node.name,
        )
    unknown = [name for name in node.params if name not in found.params]
    if unknown:
        raise JobError(
            f"`{node.op}` of `{node.name}` has no parameter `{unknown[0]}`.",
            f"It has: {', '.join(found.params)}." if found.params else "It has none.",
            node.name,
        )
    if task not in found.tasks:
        others = sorted(name for name, one in ALGORITHMS.items() if task in one.tasks)
        raise JobError(
            f"`{node.op}` of `{node.name}` cannot predict "
            f"{'a number' if task == 'regression' else 'a yes or no'}.",
            f"Use {', '.join(others[:-1])} or {others[-1]}.",
            node.name,
        )
    return found
