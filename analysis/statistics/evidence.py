"""Evidence that may be looked at again and again: e-values.

An e-value of E says that a bet against the null at fair odds would have multiplied its stake by E. Under the null its
expectation is at most 1, so that it reaches 1/alpha with a chance of at most alpha. Where the window starts at a fixed
day and grows, that holds for all looks together (Ville's inequality); a window that moves along is a new bet at each
look.
"""

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.distributions import gamma_quantile
from analysis.statistics.given import at_least

# Slices of the mixture over rate multipliers.
N_SLICES = 2000


def gamma_mixture_e_value(
    n_events: ArrayLike, expected: ArrayLike, *, shape: float = 1.0, rate: float = 1.0
) -> float | np.ndarray:
    """Return the e-value of ``n_events`` against a Poisson count with a known expectation.

    ``E = b^a Gamma(a + N) / Gamma(a) * exp(L) / (b + L)^(a + N)``: the likelihood ratio of a rate multiplier drawn from
    Gamma(a, b) against a multiplier of 1.

    Parameters
    ----------
    n_events, expected
        Count N and its expectation L under the null; broadcast together.
    shape, rate
        Of the Gamma mixture (a, b), both positive.

    Raises
    ------
    ValueError
        If a count or expectation is negative, or a parameter is not positive.

    References
    ----------
    Ville 1939; Grünwald, de Heide & Koolen 2024, Journal of the Royal Statistical Society B 86:1091.
    """
    from scipy.special import gammaln

    n_events, expected = np.asarray(n_events, dtype=float), np.asarray(expected, dtype=float)
    if not ((n_events >= 0).all() and (expected >= 0).all() and 0 < shape < np.inf and 0 < rate < np.inf):
        raise ValueError("Counts and expectations must be at least 0, shape and rate above 0.")
    log_e = shape * np.log(rate) + gammaln(shape + n_events) - gammaln(shape) + expected
    log_e = log_e - (shape + n_events) * np.log(rate + expected)
    return _exp(log_e)


def predictive_e_value(
    n_events: ArrayLike,
    exposure: ArrayLike,
    *,
    baseline_events: ArrayLike,
    baseline_exposure: ArrayLike,
    shape: float = 1.0,
    rate: float = 1.0,
    dispersion: float = 1.0,
) -> float | np.ndarray:
    """Return the e-value of a window's count where the null rate is itself estimated from a baseline.

    Given the sum of both counts, the window's share of it is binomial under an unchanged rate, whatever that rate is.
    The alternative multiplies the window's rate by a multiplier m drawn from Gamma(a, b), which makes the share ``m w /
    (m w + 1 - w)`` with w the window's share of exposure; E is the mean likelihood ratio over m. Its expectation given
    the sum is 1 for every rate, so that no uncertainty of the baseline is lost. At any one look the bound of alpha is
    exact. For daily looks at a window that grows it was found by simulation to hold (alarms at 20 in .0 to 1.8 % of
    stationary histories, against up to 19 % for a baseline rate put in as if it were known): see the tests.

    Where events bring on others their counts spread more than Poisson's, and the guarantee is lost: of clustered
    histories (branching ratio .4 to .6, 4 to 40 events a year) 6 to 32 % pass 20 within a year of looks. With
    ``dispersion`` both counts are divided by it, as if each cluster were one event: then 0 to 4 % of the same histories
    do, and E is a quasi e-value.

    Parameters
    ----------
    n_events, exposure
        Count and exposure of the window.
    baseline_events, baseline_exposure
        Count and exposure of the baseline, same unit of exposure.
    shape, rate
        Of the Gamma mixture (a, b) of the multiplier, both positive.
    dispersion
        Variance over mean of counts, at least 1; ``1 / (1 - n)^2`` for long windows of a Hawkes process with branching
        ratio n.

    Returns
    -------
    float or numpy.ndarray
        1 where both counts are zero: nothing was seen.

    Raises
    ------
    ValueError
        If a count is negative, or an exposure or parameter is not positive.

    References
    ----------
    Grünwald, de Heide & Koolen 2024, Journal of the Royal Statistical Society B 86:1091 (conditional e-values); Turner,
    Ly & Grünwald 2024, Statistical Planning and Inference 230:106116 (two-sample counts).
    """
    from scipy.special import logsumexp

    n_events, exposure, baseline_events, baseline_exposure = np.broadcast_arrays(
        *(np.asarray(part, dtype=float) for part in (n_events, exposure, baseline_events, baseline_exposure))
    )
    if not ((n_events >= 0).all() and (baseline_events >= 0).all()):
        raise ValueError("Counts must be at least 0.")
    if not ((exposure > 0).all() and (baseline_exposure > 0).all() and 0 < shape < np.inf and 0 < rate < np.inf):
        raise ValueError("Exposures, shape and rate must be above 0.")
    dispersion = at_least("dispersion", dispersion, 1)
    # Midpoints of equally likely slices of the mixture: a mixture of its own, so that E stays an e-value exactly.
    multiplier = gamma_quantile((np.arange(N_SLICES) + 0.5) / N_SLICES, shape, rate)
    share = (exposure / (exposure + baseline_exposure))[..., None]
    n, m = n_events[..., None] / dispersion, baseline_events[..., None] / dispersion
    total = multiplier * share + 1 - share
    log_ratio = n * np.log(multiplier / total) - m * np.log(total)
    return _exp(logsumexp(log_ratio, axis=-1) - np.log(N_SLICES))


def _exp(log_e: np.ndarray) -> float | np.ndarray:
    """Return ``exp(log_e)``, a float for a scalar; infinite beyond the largest float."""
    with np.errstate(over="ignore"):
        value = np.exp(log_e)
    return float(value) if np.ndim(value) == 0 else value
