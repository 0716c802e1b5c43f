"""Evidence that may be looked at again and again: e-values.

An e-value of E says that a bet against the null at fair odds would have multiplied its stake by E. Under the null its
expectation is at most 1, so the chance that it ever reaches 1/alpha is at most alpha (Ville's inequality), however often
one looks.
"""

import numpy as np
from numpy.typing import ArrayLike

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
    if (n_events < 0).any() or (expected < 0).any() or shape <= 0 or rate <= 0:
        raise ValueError("Counts and expectations must be at least 0, shape and rate above 0.")
    log_e = shape * np.log(rate) + gammaln(shape + n_events) - gammaln(shape) + expected
    log_e = log_e - (shape + n_events) * np.log(rate + expected)
    value = np.exp(log_e)
    return float(value) if value.ndim == 0 else value


def predictive_e_value(
    n_events: ArrayLike,
    exposure: ArrayLike,
    *,
    baseline_events: ArrayLike,
    baseline_exposure: ArrayLike,
    shape: float = 1.0,
    rate: float = 1.0,
) -> float | np.ndarray:
    """Return the e-value of a window's count where the null rate is itself estimated from a baseline.

    Given the sum of both counts, the window's share of it is binomial under an unchanged rate, whatever that rate is. The
    alternative multiplies the window's rate by a multiplier m drawn from Gamma(a, b), which makes the share
    ``m w / (m w + 1 - w)`` with w the window's share of exposure; E is the mean likelihood ratio over m. Its
    expectation given the sum is 1 for every rate, so that no uncertainty of the baseline is lost.

    Parameters
    ----------
    n_events, exposure
        Count and exposure of the window.
    baseline_events, baseline_exposure
        Count and exposure of the baseline, same unit of exposure.
    shape, rate
        Of the Gamma mixture (a, b) of the multiplier, both positive.

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
    Grünwald, de Heide & Koolen 2024, Journal of the Royal Statistical Society B 86:1091 (conditional e-values); Turner, Ly &
    Grünwald 2024, Statistical Planning and Inference 230:106116 (two-sample counts).
    """
    from scipy.stats import gamma

    n_events, exposure, baseline_events, baseline_exposure = np.broadcast_arrays(
        *(np.asarray(part, dtype=float) for part in (n_events, exposure, baseline_events, baseline_exposure))
    )
    if (n_events < 0).any() or (baseline_events < 0).any():
        raise ValueError("Counts must be at least 0.")
    if (exposure <= 0).any() or (baseline_exposure <= 0).any() or shape <= 0 or rate <= 0:
        raise ValueError("Exposures, shape and rate must be above 0.")
    # Midpoints of equally likely slices of the mixture: a mixture of its own, so that E stays an e-value exactly.
    multiplier = gamma.ppf((np.arange(N_SLICES) + 0.5) / N_SLICES, shape, scale=1 / rate)
    share = (exposure / (exposure + baseline_exposure))[..., None]
    n, m = n_events[..., None], baseline_events[..., None]
    total = multiplier * share + 1 - share
    log_ratio = n * np.log(multiplier / total) - m * np.log(total)
    value = np.exp(log_ratio).mean(axis=-1)
    return float(value) if value.ndim == 0 else value
