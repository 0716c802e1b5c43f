"""Which of many tests are discoveries, at a rate of false ones among them."""

import numpy as np
from numpy.typing import ArrayLike


def benjamini_hochberg(p_values: ArrayLike, *, rate: float) -> np.ndarray:
    """Return which tests are discoveries: the k smallest p-values, for the greatest k with ``p_(k) <= rate * k / n``.

    Parameters
    ----------
    p_values
        Shape (n,); a missing value counts as a test that found nothing.
    rate
        Expected share of false ones among the discoveries, above 0 and below 1.

    Returns
    -------
    numpy.ndarray
        Booleans of shape (n,), in the order given; tests of equal p-value are all discoveries or none.

    References
    ----------
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5], rate=0.1).tolist()
    [True, True, True, False]
    """
    given = np.asarray(p_values, dtype=float)
    p = np.where(np.isnan(given), 1.0, given)
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= rate * (np.arange(p.size) + 1) / max(p.size, 1))
    found = np.zeros(p.size, dtype=bool)
    if passed.size:
        found[order[: passed[-1] + 1]] = True
    return found
