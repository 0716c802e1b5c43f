"""Chances set right by how often such chances came true before."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

# Prior of the recalibration: chances are right as said, with so much room for a shift and a stretch on the log-odds
# scale.
SHIFT_DEVIATION, STRETCH_DEVIATION = 1.0, 0.5
_NEAREST = 0.005  # a chance said by simulation is never nearer to certainty
_STEPS = 25


def recalibrate(
    said: ArrayLike, past_said: ArrayLike, past_came: ArrayLike, *, least: int = 36, least_of_each: int = 6
) -> np.ndarray:
    """Return chances as past ones like them came true: ``logit(p) = a + b logit(said)``.

    The shift a and the stretch b are penalised towards 0 and 1 (normal priors), so that a short past changes little.

    Parameters
    ----------
    said
        Chances to set right, shape (...).
    past_said, past_came
        Earlier chances and whether what they were of came (0 or 1), shape (n_past,).
    least, least_of_each
        With fewer past chances, or fewer that came, or fewer that did not, ``said`` is returned as it is.

    Returns
    -------
    numpy.ndarray
        Shape (...).

    References
    ----------
    Cox 1958, Biometrika 45:562; Platt 1999.

    Examples
    --------
    What was said at one in five came every second time:

    >>> said, came = np.full(100, 0.2), np.tile([0, 1], 50)
    >>> bool(recalibrate(0.2, said, came) > 0.4)
    True
    """
    said = np.clip(np.asarray(said, dtype=float), _NEAREST, 1 - _NEAREST)
    came = np.asarray(past_came, dtype=float)
    if came.size < least or min(came.sum(), came.size - came.sum()) < least_of_each:
        return said
    x = logit(np.clip(np.asarray(past_said, dtype=float), _NEAREST, 1 - _NEAREST))
    design = np.column_stack([np.ones_like(x), x])
    precision = np.diag([SHIFT_DEVIATION**-2, STRETCH_DEVIATION**-2])
    prior = np.array([0.0, 1.0])
    fitted = prior.copy()
    for _ in range(_STEPS):
        chance = expit(design @ fitted)
        gradient = design.T @ (came - chance) - precision @ (fitted - prior)
        curvature = design.T @ (design * (chance * (1 - chance))[:, None]) + precision
        step = np.linalg.solve(curvature, gradient)
        fitted = fitted + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    return expit(fitted[0] + fitted[1] * logit(said))
