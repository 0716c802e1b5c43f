"""Compiled loops of `expectation`; importing this module loads the compiler, so import it where it is first needed."""

from math import exp, lgamma, log, log1p, sqrt

import numpy as np

from analysis.statistics.compiled import compiling

# Nodes of a lognormal level: Gauss-Hermite.
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()
# Below this squared coefficient of variation a level's spread is a little more dispersion.
NARROW = 1e-3
# A variance is never closer to the mean than this: the Poisson limit of the negative binomial.
LEAST_EXCESS = 1e-4
# Up to this count the chance is a product, beyond it gamma functions.
MAX_MULTIPLIED = 12
# Views with less weight than this are left out of tails.
LEAST_WEIGHT = 1e-6
# Continued fractions stop when a step changes less than this share.
PRECISION = 1e-12
MAX_TERMS = 1_000_000
# A chance is one less another only above this, where digits enough are left.
LEAST_DIFFERENCE = 1e-6
# Chances of no event below the exponential of this are taken for none.
LEAST_LOG = -600.0


@compiling(error_model="numpy", nogil=True)
def _log_chance(count, log_factorial, mean, dispersion):
    """Log chance of a count under the negative binomial with variance ``dispersion * mean``."""
    if dispersion < 1.0 + LEAST_EXCESS:
        dispersion = 1.0 + LEAST_EXCESS
    size = mean / (dispersion - 1.0)
    found = -size * log(dispersion) - log_factorial
    if count > 0:
        found += count * log1p(-1.0 / dispersion)
        if count <= MAX_MULTIPLIED:
            product = size
            for i in range(1, int(count)):
                product *= size + i
            found += log(product)
        else:
            found += lgamma(count + size) - lgamma(size)
    return found


@compiling(error_model="numpy", nogil=True)
def _beta_fraction(a, b, x):
    """Continued fraction of the incomplete beta function by Lentz's method; quick where x < (a + 1) / (a + b + 2).

    Press et al. 2007, Numerical Recipes, 3rd ed., 6.4.
    """
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    found = d
    for m in range(1, MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _not_zero(1.0 + even * d)
        c = _not_zero(1.0 + even / c)
        found *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _not_zero(1.0 + odd * d)
        c = _not_zero(1.0 + odd / c)
        found *= d * c
        if abs(d * c - 1.0) < PRECISION:
            break
    return found


@compiling(error_model="numpy", nogil=True)
def _not_zero(x):
    return x if abs(x) > 1e-300 else 1e-300


@compiling(error_model="numpy", nogil=True)
def _tail(count, mean, dispersion):
    """Chance of ``count`` or more under the negative binomial: an incomplete beta function."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if dispersion < 1.0 + LEAST_EXCESS:
        dispersion = 1.0 + LEAST_EXCESS
    size = mean / (dispersion - 1.0)
    ratio = 1.0 - 1.0 / dispersion
    front = exp(lgamma(count + size) - lgamma(size) - lgamma(count) - size * log(dispersion) + count * log(ratio))
    if ratio * (count + size + 2.0) >= count + 1.0:
        found = 1.0 - front / size * _beta_fraction(size, count, 1.0 / dispersion)
        if found > LEAST_DIFFERENCE:
            return found
    return min(front / count * _beta_fraction(count, size, ratio), 1.0)


@compiling(error_model="numpy", nogil=True)
def _tail_of_level(count, mean, noise, spread):
    """Chance of ``count`` or more where the level is lognormal with squared coefficient of variation ``spread``."""
    if spread < NARROW:
        return _tail(count, mean, noise + spread * mean)
    sigma = sqrt(log1p(spread))
    total = 0.0
    for j in range(NODES.size):
        total += NODE_WEIGHTS[j] * _tail(count, mean * exp(sigma * NODES[j] - sigma * sigma / 2), noise)
    return total


@compiling(error_model="numpy", nogil=True)
def pool_tail(count, weights, means, noises, spreads):
    """Chance of ``count`` or more in a pool."""
    total = 0.0
    for k in range(weights.size):
        if weights[k] > LEAST_WEIGHT:
            total += weights[k] * _tail_of_level(count, means[k], noises[k], spreads[k])
    return total


@compiling(error_model="numpy", nogil=True)
def pool_chance(count, weights, means, noises, spreads):
    """Chance of exactly ``count`` in a pool."""
    log_factorial, total = lgamma(count + 1.0), 0.0
    for k in range(weights.size):
        if weights[k] > LEAST_WEIGHT:
            if spreads[k] < NARROW:
                noise = noises[k] + spreads[k] * means[k]
                total += weights[k] * exp(_log_chance(count, log_factorial, means[k], noise))
            else:
                sigma = sqrt(log1p(spreads[k]))
                for j in range(NODES.size):
                    mean = means[k] * exp(sigma * NODES[j] - sigma * sigma / 2)
                    total += weights[k] * NODE_WEIGHTS[j] * exp(_log_chance(count, log_factorial, mean, noises[k]))
    return total


@compiling(error_model="numpy", nogil=True)
def pool_bound(tail, weights, means, noises, spreads, start=1.0, least=1.0):
    """Least count from ``least`` on with a chance of at most ``tail`` of it or more, and that chance; the search begins
    at ``start``. A quiet unit's bound is the least count: one look at the pool finds it.
    """
    high, step = max(start, least), 1.0
    chance = pool_tail(high, weights, means, noises, spreads)
    if chance > tail:
        low = high
        while chance > tail:
            low, high = high, high + step
            step *= 2
            chance = pool_tail(high, weights, means, noises, spreads)
    else:
        low = least - 1
        while high > least:
            below = max(high - step, least)
            at_below = pool_tail(below, weights, means, noises, spreads)
            if at_below > tail:
                low = below
                break
            high, chance, step = below, at_below, 2 * step
    while high - low > 1:
        middle = np.floor((low + high) / 2)
        at_middle = pool_tail(middle, weights, means, noises, spreads)
        if at_middle > tail:
            low = middle
        else:
            high, chance = middle, at_middle
    return high, chance


@compiling(error_model="numpy", nogil=True)
def follow_unit(
    count, left_out, judged, keep, revert, noise, prior, windows, forget, cap_tail, cap_deviations,
    p_value, above, expected, features, kept, pool,
):  # fmt: skip
    """Follow one unit from period to period; see `expectation.expect_counts` for the model.

    ``count`` (n_periods,), NaN where not covered; ``left_out`` marks periods that teach nothing, ``judged`` those of
    which something is said. ``keep, revert, noise,
    prior`` are of the views: discount, strength of the long-run mean, dispersion, log prior weight. ``p_value, above,
    expected`` (n_windows, n_periods) and ``features`` (n_windows, n_periods, 3) are filled in these.
    ``pool`` (n_windows, kept, n_views, 4) holds the pools of the last ``kept`` periods: weight, mean, noise, spread.
    """
    n, n_views, n_windows = count.size, keep.size, windows.size
    depth = windows[n_windows - 1] + 1
    shape, rate = np.full(n_views, 0.5), np.full(n_views, 0.5)
    long_sum, long_n = 0.5, 1.0
    log_weight = np.empty((n_windows, n_views))
    for h in range(n_windows):
        log_weight[h] = prior
    mean, spread = np.empty((depth, n_windows, n_views)), np.empty((depth, n_windows, n_views))
    weight = np.empty((depth, n_windows, n_views))
    total, gaps = np.zeros(n + 1), np.zeros(n + 1)
    for t in range(n):
        known = count[t] == count[t]
        total[t + 1] = total[t] + (count[t] if known else 0.0)
        gaps[t + 1] = gaps[t] + (0.0 if known else 1.0)
    for t in range(n):
        long_mean = long_sum / long_n
        slot = t % depth
        for h in range(n_windows):
            highest = log_weight[h].max()
            whole = 0.0
            for k in range(n_views):
                weight[slot, h, k] = exp(log_weight[h, k] - highest)
                whole += weight[slot, h, k]
            for k in range(n_views):
                weight[slot, h, k] /= whole
        for k in range(n_views):
            d, c = keep[k], revert[k]
            shape[k] = d * shape[k] + (1 - d) * c
            rate[k] = d * rate[k] + (1 - d) * c / long_mean
            a, b = shape[k], rate[k]
            m, s = 0.0, 0.0
            h = 0
            for ahead in range(1, windows[n_windows - 1] + 1):
                if ahead > 1:
                    a = d * a + (1 - d) * c
                    b = d * b + (1 - d) * c / long_mean
                m += a / b
                s += sqrt(a) / b
                if ahead == windows[h]:
                    mean[slot, h, k] = m
                    spread[slot, h, k] = (s / m) ** 2
                    h += 1
        taught = count[t]
        for h in range(n_windows):
            w = windows[h]
            if t + 1 <= w:
                continue
            o = (t + 1 - w) % depth
            whole = gaps[t + 1] == gaps[t + 1 - w]
            y = total[t + 1] - total[t + 1 - w]
            m, variance = 0.0, 0.0
            for k in range(n_views):
                m += weight[o, h, k] * mean[o, h, k]
                variance += (
                    weight[o, h, k] * mean[o, h, k] * (noise[k] + spread[o, h, k] * mean[o, h, k] + mean[o, h, k])
                )
            variance -= m * m
            if judged[t] and whole:
                f0, f1, f2 = 0.0, 0.0, 0.0
                for k in range(n_views):
                    q = weight[o, h, k]
                    f0 += q * log(noise[k])
                    f1 += q * log1p(spread[o, h, k])
                    f2 += q * (keep[k] < 1)
                p_value[h, t] = pool_tail(y, weight[o, h], mean[o, h], noise, spread[o, h])
                above[h, t] = max(p_value[h, t] - pool_chance(y, weight[o, h], mean[o, h], noise, spread[o, h]), 0.0)
                expected[h, t] = m / w
                features[h, t, 0], features[h, t, 1], features[h, t, 2] = f0, f1, f2
                if n - t <= kept:
                    for k in range(n_views):
                        pool[h, n - 1 - t, k, 0] = weight[o, h, k]
                        pool[h, n - 1 - t, k, 1] = mean[o, h, k]
                        pool[h, n - 1 - t, k, 2] = noise[k]
                        pool[h, n - 1 - t, k, 3] = spread[o, h, k]
            far = y - m > cap_deviations * sqrt(max(variance, 0.0))
            if whole and far and pool_tail(y, weight[o, h], mean[o, h], noise, spread[o, h]) < cap_tail:
                y, _ = pool_bound(cap_tail, weight[o, h], mean[o, h], noise, spread[o, h])
                if w == 1:
                    taught = y
            if whole and not left_out[t]:
                log_factorial = lgamma(y + 1.0)
                for k in range(n_views):
                    log_weight[h, k] = (
                        forget * log_weight[h, k]
                        + (1 - forget) * prior[k]
                        + _log_chance(y, log_factorial, mean[o, h, k], noise[k] + spread[o, h, k] * mean[o, h, k]) / w
                    )
        if taught == taught and not left_out[t]:
            for k in range(n_views):
                shape[k] += taught / noise[k]
                rate[k] += 1.0 / noise[k]
            long_sum = forget * long_sum + taught
            long_n = forget * long_n + 1.0


@compiling(error_model="numpy", nogil=True)
def pool_rates(pools, tails, least, starts, bounds, rates):
    """Fill the bound at each pool's ``tails`` (missing ones are left), at least ``least``, and the chance of as many or
    more. Searches begin at ``starts``.
    """
    for i in range(tails.size):
        if tails[i] == tails[i]:
            weights, means = pools[i, :, 0].copy(), pools[i, :, 1].copy()
            noises, spreads = pools[i, :, 2].copy(), pools[i, :, 3].copy()
            bounds[i], rates[i] = pool_bound(tails[i], weights, means, noises, spreads, starts[i], least)


@compiling(error_model="numpy", nogil=True)
def compound_bound(tail, mean, dispersion, law):
    """Least sum with a chance of at most ``tail`` of it or more, where events are negative binomial and each one's mark
    follows ``law``, the chances of 0, 1, 2, ...; missing where the chance of none underflows.

    Panjer 1981, ASTIN Bulletin 12:22.
    """
    if dispersion < 1.0 + LEAST_EXCESS:
        dispersion = 1.0 + LEAST_EXCESS
    size, ratio = mean / (dispersion - 1.0), 1.0 - 1.0 / dispersion
    none = -size * (log(dispersion) + log1p(-ratio * law[0]))
    if none < LEAST_LOG:
        return np.nan
    found = np.zeros(1024)
    found[0] = exp(none)
    total, y = found[0], 0
    while 1.0 - total > tail and y < MAX_TERMS:
        y += 1
        if y == found.size:
            longer = np.zeros(2 * found.size)
            longer[:y] = found
            found = longer
        chance = 0.0
        for j in range(1, min(y, law.size - 1) + 1):
            chance += (1.0 + (size - 1.0) * j / y) * law[j] * found[y - j]
        found[y] = chance * ratio / (1.0 - ratio * law[0])
        total += found[y]
    return y + 1.0


@compiling(error_model="numpy", nogil=True)
def compound_lifts(tail, pools, shifts, slopes, events, laws, lifts):
    """Fill what has to be added to each shift so that the bound of a pool at ``tail`` is no lower than that of its
    events, also a pool, with marks by its law.
    """
    for i in range(shifts.size):
        if np.isnan(shifts[i]):
            continue
        mean, square, noise = 0.0, 0.0, 0.0
        for k in range(events.shape[1]):
            weight, m = events[i, k, 0], events[i, k, 1]
            mean += weight * m
            square += weight * m * m * (1.0 + events[i, k, 3])
            noise += weight * m * events[i, k, 2]
        if not mean > 0:
            continue
        bound = compound_bound(tail, mean, (noise + square - mean * mean) / mean, laws[i])
        if bound == bound:
            weights, means = pools[i, :, 0].copy(), pools[i, :, 1].copy()
            chance = pool_tail(bound, weights, means, pools[i, :, 2].copy(), pools[i, :, 3].copy())
            # A little less, so that rounding does not ask for one more.
            lifts[i] = max(log(tail) - shifts[i] - slopes[i] * log(max(chance, 1e-300)) - 1e-6, 0.0)
