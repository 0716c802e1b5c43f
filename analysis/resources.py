"""Where the files that ship with the package lie: ``data/`` and ``notebooks/``.

In a checkout they stand beside the package; in an installed wheel they travel inside it.
"""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_SHIPPED = Path(__file__).resolve().parent / "_shipped"


def resource(relative: str) -> Path:
    """Return the absolute path of a shipped file or folder, e.g. ``resource("data/sahel/incidents.csv")``.

    Raises
    ------
    FileNotFoundError
        If neither the checkout nor the installed package holds it.
    """
    for root in (_SHIPPED, _CHECKOUT):
        if (root / relative).exists():
            return root / relative
    raise FileNotFoundError(
        f"{relative} ships with the package but was found neither in {_SHIPPED} nor in {_CHECKOUT}."
    )


def real_path(path: str | Path) -> Path:
    """Return a path as the system sees it; one whose links lead in a circle, which cannot be used, as it is written.

    ``Path.resolve`` raises of such a circle what is no `OSError`, before anybody can say what the path is for.
    """
    return Path(os.path.realpath(path))
