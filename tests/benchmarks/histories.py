"""Histories in which nothing changes: counts of weeks from five kinds of processes, with parameters drawn anew for each
unit or fixed.
"""

import numpy as np

WEEK_DAYS, BURN_IN_WEEKS = 7, 52


def poisson(generator, n_weeks, mean):
    """Independent Poisson counts; ``mean`` of shape (n_units,)."""
    return generator.poisson(mean, (n_weeks, len(mean))).astype(float)


def negative_binomial(generator, n_weeks, mean, dispersion):
    """Independent counts with a variance of ``dispersion * mean``."""
    return generator.negative_binomial(mean / (dispersion - 1), 1 / dispersion, (n_weeks, len(mean))).astype(float)


def wandering(generator, n_weeks, mean, memory, deviation):
    """Poisson counts around a level whose logarithm is AR(1) with so much memory from week to week and so large a
    standard deviation.
    """
    log_level = generator.normal(0, deviation)
    levels = np.empty((n_weeks, len(mean)))
    for week in range(n_weeks):
        log_level = memory * log_level + np.sqrt(1 - memory**2) * generator.normal(0, deviation)
        levels[week] = mean * np.exp(log_level - deviation**2 / 2)
    return generator.poisson(np.minimum(levels, 1e5)).astype(float)


def bursts(generator, n_weeks, mean, branching, memory_days):
    """Weekly counts of Hawkes processes: each event brings ``branching`` more on average, after an exponential time."""
    counts = np.zeros((n_weeks, len(mean)))
    horizon = WEEK_DAYS * (n_weeks + BURN_IN_WEEKS)
    for unit in range(len(mean)):
        immigrants = generator.poisson(mean[unit] / WEEK_DAYS * (1 - branching[unit]) * horizon)
        born = generator.uniform(0, horizon, immigrants)
        every = [born]
        while born.size:
            children = generator.poisson(branching[unit], born.size)
            born = np.repeat(born, children) + generator.exponential(memory_days[unit], children.sum())
            born = born[born < horizon]
            every.append(born)
        week = (np.concatenate(every) // WEEK_DAYS).astype(int) - BURN_IN_WEEKS
        counts[:, unit] = np.bincount(week[week >= 0], minlength=n_weeks)[:n_weeks]
    return counts


def deaths_of(generator, counts, exponent, least, most=100):
    """Deaths of so many attacks: each a whole number with a power-law tail from ``least`` on, at most ``most``."""
    deaths = np.zeros(counts.shape)
    for unit in range(counts.shape[1]):
        number = counts[:, unit].astype(int)
        each = least[unit] * generator.uniform(size=number.sum()) ** (-1 / exponent[unit])
        week = np.repeat(np.arange(len(number)), number)
        deaths[:, unit] = np.bincount(week, weights=np.minimum(np.floor(each), most), minlength=len(number))
    return deaths


def _between(generator, low, high, n_units):
    """Draw evenly on the logarithmic scale."""
    return np.exp(generator.uniform(np.log(low), np.log(high), n_units))


def mixed(generator, n_weeks, n_units):
    """Draw units of each kind with parameters of their own: (counts, kinds), half of them not Poisson nor negative
    binomial.
    """
    n = n_units // 8
    made = {
        "poisson": poisson(generator, n_weeks, _between(generator, 0.1, 20, n)),
        "negative binomial": negative_binomial(
            generator, n_weeks, _between(generator, 0.2, 20, 3 * n), generator.uniform(1.5, 12, 3 * n)
        ),
        "wandering level": wandering(
            generator, n_weeks, _between(generator, 0.5, 10, 2 * n), generator.uniform(0.6, 0.98, 2 * n),
            generator.uniform(0.2, 0.9, 2 * n)
        ),
        "bursts": bursts(
            generator, n_weeks, _between(generator, 0.3, 5, 2 * n), generator.uniform(0.3, 0.8, 2 * n),
            generator.uniform(3, 30, 2 * n)
        ),
    }  # fmt: skip
    kinds = np.concatenate([[kind] * held.shape[1] for kind, held in made.items()])
    return np.hstack(list(made.values())), kinds


def fixed(generator, n_weeks, n_units, only=""):
    """Return one panel for each family that the promise names, or for one of them: all units alike."""

    def alike(value):
        return np.full(n_units, float(value))

    families = {
        f"Poisson, {mean:g} a week": (poisson, alike(mean)) for mean in (0.3, 2, 10)
    } | {
        f"negative binomial, {mean:g} a week, dispersion {dispersion}": (negative_binomial, alike(mean),
            alike(dispersion))
        for dispersion in (2, 4, 10)
        for mean in (1, 5)
    } | {
        f"AR(1) log level, 3 a week, memory {memory:g}, deviation {deviation:g}": (wandering, alike(3), alike(memory),
            alike(deviation))
        for memory, deviation in ((0.7, 0.5), (0.9, 0.5), (0.9, 0.8), (0.97, 0.5))
    } | {
        f"Hawkes, {mean:g} a week, branching {branching:g}, {days} days": (bursts, alike(mean), alike(branching),
            alike(days))
        for mean, branching, days in ((0.5, 0.5, 7), (3, 0.5, 7), (3, 0.5, 21), (3, 0.8, 14))
    }  # fmt: skip
    return {
        name: make(generator, n_weeks, *parameters)
        for name, (make, *parameters) in families.items()
        if only in ("", name)
    }
