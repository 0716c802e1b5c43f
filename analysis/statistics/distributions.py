"""The few distribution functions that are needed, straight from ``scipy.special``.

``scipy.stats`` holds them all and takes half a second to import, which every report would pay. Names are as there:
``pmf``, ``cdf``, ``sf`` (upper tail), ``ppf`` (quantile); the tests hold them against it.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special


class norm:
    """The standard normal distribution."""

    @staticmethod
    def ppf(q: ArrayLike) -> np.ndarray:
        """Return the quantile at ``q``."""
        return special.ndtri(q)

    @staticmethod
    def sf(x: ArrayLike) -> np.ndarray:
        """Return the chance of more than ``x``."""
        return special.ndtr(-np.asarray(x))


class poisson:
    """The Poisson distribution with mean ``mu`` above 0; counts are whole numbers, those below 0 have no chance."""

    @staticmethod
    def pmf(k: ArrayLike, mu: ArrayLike) -> np.ndarray:
        """Return the chance of exactly ``k``."""
        k = np.asarray(k, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.exp(special.xlogy(k, mu) - special.gammaln(k + 1) - mu)
        return np.where(k < 0, 0.0, chance)

    @staticmethod
    def cdf(k: ArrayLike, mu: ArrayLike) -> np.ndarray:
        """Return the chance of ``k`` or fewer."""
        k = np.asarray(k, dtype=float)
        return np.where(k < 0, 0.0, special.pdtr(np.maximum(k, 0), mu))

    @staticmethod
    def sf(k: ArrayLike, mu: ArrayLike) -> np.ndarray:
        """Return the chance of more than ``k``."""
        k = np.asarray(k, dtype=float)
        return np.where(k < 0, 1.0, special.pdtrc(np.maximum(k, 0), mu))

    @staticmethod
    def ppf(q: ArrayLike, mu: ArrayLike) -> np.ndarray:
        """Return the least count with a chance of at least ``q`` of it or fewer."""
        guess = np.ceil(special.pdtrik(q, mu))
        lower = np.maximum(guess - 1, 0)
        return np.where(special.pdtr(lower, mu) >= q, lower, guess)


class chi2:
    """The chi-square distribution with ``freedom`` degrees of freedom."""

    @staticmethod
    def ppf(q: ArrayLike, freedom: ArrayLike) -> np.ndarray:
        """Return the quantile at ``q``."""
        return 2 * special.gammaincinv(np.asarray(freedom) / 2, q)

    @staticmethod
    def cdf(x: ArrayLike, freedom: ArrayLike) -> np.ndarray:
        """Return the chance of ``x`` or less."""
        return special.chdtr(freedom, x)

    @staticmethod
    def sf(x: ArrayLike, freedom: ArrayLike) -> np.ndarray:
        """Return the chance of more than ``x``."""
        return special.chdtrc(freedom, x)


def student_quantile(q: ArrayLike, freedom: ArrayLike) -> np.ndarray:
    """Return the quantile of Student's t."""
    return special.stdtrit(freedom, q)


def student_tail(x: ArrayLike, freedom: ArrayLike) -> np.ndarray:
    """Return the chance of more than ``x`` under Student's t."""
    return special.stdtr(freedom, -np.asarray(x, dtype=float))


def gamma_quantile(q: ArrayLike, shape: float, rate: float) -> np.ndarray:
    """Return the quantile of a gamma distribution with mean ``shape / rate``."""
    return special.gammaincinv(shape, q) / rate


def binomial_interval(count: int, total: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share: Clopper & Pearson 1934, Biometrika 26:404."""
    tail = (1 - level) / 2
    low = special.betaincinv(count, total - count + 1, tail) if count else 0.0
    high = special.betaincinv(count + 1, total - count, 1 - tail) if count < total else 1.0
    return float(low), float(high)
