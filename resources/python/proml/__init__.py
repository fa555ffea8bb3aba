"""The Python side of Pro-ML Studio: what trains models, and what notebooks ask of the studio.

In a notebook: ``%load_ext proml`` (kernels that the studio starts have it loaded), then ``%proml`` lists what there is.
The same as functions: ``proml.check()``, ``preview``, ``train``, ``evaluate``, ``graph`` and ``draft``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_functions = ("check", "preview", "train", "evaluate", "graph", "draft")

__all__ = [*_functions, "StudioError", "load_ipython_extension"]


def __getattr__(name: str) -> Any:
    # Training imports this package in a process that has no use for notebooks.
    if name in _functions:
        from . import notebook

        return getattr(notebook, name)
    if name == "StudioError":
        from .studio import StudioError

        return StudioError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext proml``: the ``%proml`` and ``%%proml`` magics, with completion."""
    from .magics import load

    load(shell)
