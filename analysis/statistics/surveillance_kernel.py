"""Compiled loops of the surveillance rules; importing this module loads the compiler, so import it where it is first
needed."""

from math import exp, isfinite, log, log1p, sqrt

import numpy as np

from analysis.statistics.compiled import compiling

# Iteratively reweighted least squares stops when the deviance moves by less than this share, and fails after so many
# steps.
TOLERANCE = 1e-8
MAX_STEPS = 25
FITTED, NOT_CONVERGED, NO_BASELINE = 0, 1, 2
# No fitted mean is smaller: the spacing of floats at 1, as in R's link functions.
LEAST_MEAN = 2.0**-52
# An observation that its own fit reproduces (leverage 1) has no residual to weigh.
MIN_FREE = 1e-12
# Up to this exponent of a trend, powers of its factor are multiplied on, not taken anew.
MAX_GROWTH = 300.0
# Above this mean a quantile is searched for, not summed up to.
MAX_SUMMED_MEAN = 500.0


@compiling(error_model="numpy")
def _fill_means(level, slope, x, group, adjacent, exposure, n, mean):
    """Set ``mean = exp(level[group] + slope x) exposure``, never below the least mean."""
    factor = exp(slope)
    steep = abs(slope * x[0]) > MAX_GROWTH
    growth = 0.0
    rate = 0.0
    for i in range(n):
        g = group[i]
        growth = growth * factor if adjacent[i] else exp(slope * x[i])
        if adjacent[i] and g == group[i - 1]:
            rate *= factor
        else:
            rate = exp(level[g] + slope * x[i]) if steep else exp(level[g]) * growth
        mean[i] = max(rate * exposure[i] if exposure.size else rate, LEAST_MEAN)


@compiling(error_model="numpy")
def _fit_trend(
    y, start, entropy, weight, x, group, adjacent, exposure, n, n_groups, trend, mean, last, level, weights, centre
):
    """Fit ``log mean = level[group] + slope x + log exposure`` by iteratively reweighted least squares from ``mean = y
    + .1``.

    Returns whether it converged, the slope and the sum of squares of x within groups. Fills the means after and before
    the last step, and of that step the levels, the groups' sums of working weights and their weighted means of x. The
    predictor is linear in x within a group, so that a step needs no more than the groups' sums of weights times 1, x
    and x^2.
    """
    sums = np.zeros((8, n_groups))
    s0, s1, s2, z0, z1, count, moment = sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6]
    scale = sums[7]
    before = np.empty(n_groups)
    constant = 0.0
    deviance = 0.0
    plain = exposure.size == 0
    for i in range(n):
        g = group[i]
        v = weight[i]
        a = v * (y[i] + 0.1)
        offset = 0.0 if plain else log(exposure[i])
        c = a * (start[i] - offset) - 0.1 * v
        s0[g] += a
        s1[g] += a * x[i]
        s2[g] += a * x[i] * x[i]
        z0[g] += c
        z1[g] += c * x[i]
        count[g] += v * y[i]
        moment[g] += v * y[i] * x[i]
        constant += v * (entropy[i] - y[i] - y[i] * offset)
        deviance += 2 * v * (entropy[i] - y[i] * start[i] + 0.1)
    slope = 0.0
    spread = 0.0
    for step in range(MAX_STEPS):
        earlier = slope
        spread = 0.0
        shared = 0.0
        for g in range(n_groups):
            weights[g] = s0[g]
            before[g] = level[g]
            if s0[g] > 0:
                centre[g] = s1[g] / s0[g]
                spread += s2[g] - s1[g] * centre[g]
                shared += z1[g] - z0[g] * centre[g]
        if trend:
            slope = shared / spread
            if not isfinite(slope):
                return False, slope, spread
        for g in range(n_groups):
            if s0[g] > 0:
                level[g] = z0[g] / s0[g] - slope * centre[g]
                scale[g] = exp(level[g])
            s0[g] = s1[g] = s2[g] = 0.0
        previous = deviance
        deviance = constant
        factor = exp(slope)
        steep = abs(slope * x[0]) > MAX_GROWTH
        growth = 0.0
        i = 0
        while i < n:
            # One run of neighbours in one group.
            g = group[i]
            growth = growth * factor if adjacent[i] else exp(slope * x[i])
            rate = exp(level[g] + slope * x[i]) if steep else scale[g] * growth
            t0 = t1 = t2 = 0.0
            while True:
                a = weight[i] * max(rate if plain else rate * exposure[i], LEAST_MEAN)
                ax = a * x[i]
                t0 += a
                t1 += ax
                t2 += ax * x[i]
                i += 1
                if i == n or not adjacent[i] or group[i] != g:
                    break
                growth *= factor
                rate *= factor
            s0[g] += t0
            s1[g] += t1
            s2[g] += t2
        for g in range(n_groups):
            z0[g] = level[g] * s0[g] + slope * s1[g] + count[g] - s0[g]
            z1[g] = level[g] * s1[g] + slope * s2[g] + moment[g] - s1[g]
            deviance -= level[g] * count[g] + slope * moment[g] - s0[g]
        deviance *= 2
        if not isfinite(deviance):
            return False, slope, spread
        if abs(deviance - previous) < TOLERANCE * (abs(deviance) + 0.1):
            if step == 0:
                for i in range(n):
                    last[i] = y[i] + 0.1
            else:
                _fill_means(before, earlier, x, group, adjacent, exposure, n, last)
            _fill_means(level, slope, x, group, adjacent, exposure, n, mean)
            return True, slope, spread
    return False, slope, spread


@compiling(error_model="numpy")
def _fit_levels(y, start, entropy, weight, group, n, n_groups, mean, last, level, weights):
    """Do as `_fit_trend` without slope and exposure: all of a group have one mean, so that a step needs only the
    groups' sums."""
    sums = np.zeros((5, n_groups))
    number, count, first, now, before = sums[0], sums[1], sums[2], sums[3], sums[4]
    weights[:n_groups] = 0.0
    constant = 0.0
    deviance = 0.0
    for i in range(n):
        g = group[i]
        v = weight[i]
        number[g] += v
        count[g] += v * y[i]
        weights[g] += v * (y[i] + 0.1)
        first[g] += v * ((y[i] + 0.1) * start[i] - 0.1)
        constant += v * (entropy[i] - y[i])
        deviance += 2 * v * (entropy[i] - y[i] * start[i] + 0.1)
    for step in range(MAX_STEPS):
        previous = deviance
        deviance = constant
        for g in range(n_groups):
            if number[g] > 0:
                if step == 0:
                    level[g] = first[g] / weights[g]
                else:
                    weights[g] = number[g] * now[g]
                    level[g] += count[g] / weights[g] - 1
                before[g] = now[g]
                now[g] = max(exp(level[g]), LEAST_MEAN)
                deviance += number[g] * now[g] - count[g] * level[g]
        deviance *= 2
        if not isfinite(deviance):
            return False
        if abs(deviance - previous) < TOLERANCE * (abs(deviance) + 0.1):
            for i in range(n):
                g = group[i]
                mean[i] = now[g]
                last[i] = y[i] + 0.1 if step == 0 else before[g]
            return True
    return False


@compiling(error_model="numpy")
def fit_cells(
    counts,
    start,
    entropy,
    power,
    exposures,
    cell_unit,
    cell_at,
    now,
    begin,
    where,
    season,
    time,
    n_groups,
    trend,
    reweight,
    weights_threshold,
    critical,
    peer_weights,
    out,
    kept,
    state,
):
    """Fit every cell and fill ``out`` (n_cells, 5): log mean, its standard error, dispersion, slope, residual degrees
    of freedom.

    ``counts`` (n_units, n_periods) with NaN for missing; ``start, entropy, power`` are ``log(y + .1)``, ``y log y``,
    ``y^(2/3)``. The baseline of the evaluated period e, ``now[e]``, is ``where[begin[e]:begin[e + 1]]`` with groups
    ``season`` (0 is the evaluated period's own) and ``time`` before it. ``critical`` (n_evaluated, n) is the t value at
    which a trend with so many degrees of freedom is kept.
    """
    longest = 0
    for e in range(begin.size - 1):
        longest = max(longest, begin[e + 1] - begin[e])
    y, ly, yly, y23 = np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest)
    x, weight, mean, last = np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest)
    group = np.empty(longest, np.int64)
    adjacent = np.empty(longest, np.bool_)
    exposure = np.empty(longest if exposures.size else 0)
    level, weights, centre, members = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    plain = exposures.size == 0
    for cell in range(cell_unit.size):
        u, e = cell_unit[cell], cell_at[cell]
        n = 0
        members[:] = 0.0
        highest = 0.0
        for b in range(begin[e], begin[e + 1]):
            t = where[b]
            count = counts[u, t]
            if count == count:
                y[n] = count
                ly[n] = start[u, t]
                yly[n] = entropy[u, t]
                y23[n] = power[u, t]
                x[n] = time[b]
                group[n] = season[b]
                adjacent[n] = n > 0 and x[n] - x[n - 1] == 1.0
                if not plain:
                    exposure[n] = exposures[u, t]
                members[season[b]] += 1
                highest = max(highest, count)
                n += 1
        present = 0
        for g in range(n_groups):
            present += members[g] > 0
        state[cell] = NO_BASELINE if members[0] == 0 or n <= present else NOT_CONVERGED
        if state[cell] == NO_BASELINE:
            continue
        for with_trend in (True, False):
            if with_trend and (not trend or n <= present + 1):
                continue
            freedom = n - present - with_trend
            weight[:n] = 1.0
            slope = 0.0
            spread = np.inf
            centre[:] = 0.0
            dispersion = 1.0
            converged = True
            for second in (False, True):
                if second:
                    if not reweight:
                        break
                    surges = 0
                    sum_of = 0.0
                    scale = weights_threshold * sqrt(dispersion) / 1.5
                    bound = weights_threshold**2 * dispersion
                    for i in range(n):
                        sum_of += 1.0
                        excess = y[i] - mean[i]
                        if excess > 0:
                            g = group[i]
                            free = 1 - last[i] * (1 / weights[g] + (x[i] - centre[g]) ** 2 / spread)
                            # No Anscombe residual above 0 is larger than the Pearson one, which needs no root.
                            if free < MIN_FREE or excess * excess < bound * mean[i] * free:
                                continue
                            sixth = mean[i] ** (1 / 6)
                            distance = y23[i] - sixth**4
                            if distance > scale * sixth * sqrt(free):
                                weight[i] = sixth * sixth * free * dispersion / (2.25 * distance * distance)
                                sum_of += weight[i] - 1.0
                                surges += 1
                    if surges == 0:
                        break
                    for i in range(n):
                        weight[i] *= n / sum_of
                if with_trend or not plain:
                    converged, slope, spread = _fit_trend(
                        y, ly, yly, weight, x, group, adjacent, exposure, n, n_groups, with_trend, mean, last, level,
                        weights, centre,
                    )  # fmt: skip
                    if not with_trend:
                        spread = np.inf
                        centre[:] = 0.0
                else:
                    converged = _fit_levels(y, ly, yly, weight, group, n, n_groups, mean, last, level, weights)
                if not converged:
                    break
                pearson = 0.0
                relative = 0.0
                for i in range(n):
                    r = y[i] / mean[i] - 1
                    r *= r * weight[i]
                    relative += r
                    pearson += last[i] * r
                pearson /= freedom
                relative /= freedom
                dispersion = max(1.0, pearson)
            if not converged:
                continue
            spare = relative if reweight and peer_weights else pearson
            predicted = level[0] if plain else level[0] + log(exposures[u, now[e]])
            if with_trend:
                known = abs(slope) >= critical[freedom] * sqrt(spare / spread)
                if not known or not max(exp(predicted), LEAST_MEAN) <= highest:
                    continue
            if not peer_weights:
                spare = dispersion
            out[cell, 0] = max(predicted, log(LEAST_MEAN))
            out[cell, 1] = sqrt(spare * (1 / weights[0] + centre[0] ** 2 / spread))
            out[cell, 2] = dispersion
            out[cell, 3] = slope
            out[cell, 4] = freedom
            kept[cell] = with_trend
            state[cell] = FITTED
            break


@compiling(error_model="numpy")
def sum_quantiles(mean, dispersion, level, out):
    """Set ``out`` to the least count with a negative-binomial chance (variance = dispersion * mean) of at least
    ``level``; -1 where not summed."""
    for c in range(mean.size):
        m, phi = mean[c], dispersion[c]
        out[c] = -1.0
        if not m <= MAX_SUMMED_MEAN:
            continue
        size, q = (m / (phi - 1), 1 - 1 / phi) if phi > 1 else (np.inf, 0.0)
        chance = exp(-size * log(phi)) if phi > 1 else exp(-m)
        if chance < 1e-250:
            continue
        total = chance
        k = 0
        while total < level and k < 1_000_000:
            chance *= (k + size) / (k + 1) * q if phi > 1 else m / (k + 1)
            total += chance
            k += 1
        if total >= level:
            out[c] = k


@compiling(error_model="numpy")
def run_cusum(step, slope, drift, threshold, restart, statistic, upper, alarm):
    """Run ``S = max(0, S + step)`` down each column, skipping NaN; ``step = slope * count - drift`` gives the count
    that reaches the threshold."""
    for u in range(step.shape[1]):
        total = 0.0
        for t in range(step.shape[0]):
            upper[t, u] = max(0.0, (threshold - total + drift[t, u]) / slope[t, u])
            if step[t, u] == step[t, u]:
                total = max(0.0, total + step[t, u])
                alarm[t, u] = total >= threshold
            statistic[t, u] = total
            if alarm[t, u] and restart:
                total = 0.0


@compiling(error_model="numpy")
def _ratio(count, mean, dispersion, first, last, total, expected, lean, constant):
    """Largest log-likelihood ratio of ``mean * r`` against ``mean`` over r >= 1, for periods first..last; ``lean`` is
    its slope at r = 1."""
    if not lean > 0:
        return 0.0
    r = total / expected
    if dispersion == 0.0:
        return total * log(r) - (total - expected)
    if not constant:
        # Newton steps on log r; the score falls in it.
        x = max(log(r), 0.01)
        for _ in range(100):
            score = 0.0
            slope = 0.0
            factor = exp(x)
            for i in range(first, last + 1):
                if count[i] == count[i]:
                    m = mean[i] * factor
                    score += (count[i] - m) / (1 + dispersion * m)
                    slope += m * (1 + dispersion * count[i]) / (1 + dispersion * m) ** 2
            move = score / slope
            x = max(0.0, x + max(-2.0, min(2.0, move)))
            if abs(move) < 1e-13 * max(1.0, x) or (x == 0.0 and score < 0):
                break
        r = exp(x)
    value = 0.0
    if constant:
        n = expected / mean[first]
        m = mean[first]
        return total * log(r) - (total + n / dispersion) * (log1p(dispersion * m * r) - log1p(dispersion * m))
    for i in range(first, last + 1):
        if count[i] == count[i]:
            m = mean[i]
            value += count[i] * log(r) - (count[i] + 1 / dispersion) * (
                log1p(dispersion * m * r) - log1p(dispersion * m)
            )
    return value


@compiling(error_model="numpy")
def run_glr(counts, means, dispersion, threshold, max_window, statistic, onset, alarm):
    """Run the generalised likelihood ratio down each column (n_units, n), skipping NaN, with a new start after each
    alarm."""
    for u in range(counts.shape[0]):
        count, mean = counts[u], means[u]
        begin = 0
        constant = True
        for t in range(1, mean.size):
            constant = constant and mean[t] == mean[0]
        for t in range(count.size):
            best = 0.0
            where = -1
            total = 0.0
            expected = 0.0
            lean = 0.0
            if count[t] == count[t]:
                for first in range(t, max(begin, t - max_window + 1) - 1, -1):
                    if count[first] != count[first]:
                        continue
                    total += count[first]
                    expected += mean[first]
                    lean += (count[first] - mean[first]) / (1 + dispersion[u] * mean[first])
                    value = _ratio(count, mean, dispersion[u], first, t, total, expected, lean, constant)
                    if value > best:
                        best = value
                        where = first
                alarm[u, t] = best >= threshold
            elif t > begin:
                best, where = statistic[u, t - 1], onset[u, t - 1]
            statistic[u, t] = best
            onset[u, t] = where
            if alarm[u, t]:
                begin = t + 1
