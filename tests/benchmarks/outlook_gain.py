"""How good forecasts would have been, country by country, beside the benchmarks.

python -m tests.benchmarks.outlook_gain FOLDER        # FOLDER holds UCDP's files; prints the tables of docs/outlook.md
"""

import sys
from pathlib import Path

from analysis.incidents import open_study
from analysis.measures import outlook
from analysis.statistics import forecast, forecast_scores, scores

NINE = "ged211_nigeria_somalia_colombia_exact_or_near.csv.gz"
SAHEL = "ged211_sahel_and_coast_exact_or_near.csv"
TABLES = (
    ("Myanmar", "GEDEvent_v24_1_Myanmar.csv", "", "admin1"),
    ("Central African Republic", "GEDEvent_v23_1_CentralAfricanRepublic.csv", "", "admin1"),
    ("Bangladesh", "hdx_conflict_data_BGD.csv", "", "admin1"),
    ("Nigeria", NINE, "Nigeria", "grid"),
    ("Somalia", NINE, "Somalia", "grid"),
    ("Colombia", NINE, "Colombia", "grid"),
    ("Mali", SAHEL, "Mali", "grid"),
    ("Burkina Faso", SAHEL, "Burkina Faso", "grid"),
    ("Niger", SAHEL, "Niger", "grid"),
)
IVORY_COAST = ("Ivory Coast", SAHEL, "Ivory Coast", "grid")


def row_of(name, counts, quantity):
    tested = forecast.backtest_counts(counts, kind="counts" if quantity == "attacks" else "sums")
    held = tested.scored["outlook"]

    def gain(last=None):
        mean = {kind: made.crps[-last if last else 0 :].mean() for kind, made in tested.scored.items()}
        best = min(forecast_scores.BENCHMARKS, key=mean.get)
        return f"{100 * (1 - mean['outlook'] / mean[best]):.1f} % ({best})"

    level = forecast.level_classes(counts, tested.origins)
    by_level = [
        f"{100 * forecast_scores.coverage_between(held.below[level == at], held.upto[level == at], level=0.9):.0f}"
        if (level == at).sum() >= 24
        else "-"
        for at in range(len(forecast.LEVEL_EDGES) + 1)
    ]
    covered = forecast_scores.coverage_between(held.below, held.upto, level=0.9)
    top = scores.pit_histogram(held.below, held.upto, n_bins=10)[-1]
    return (
        f"| {name} | {quantity} | {gain()} | {gain(outlook.RECENT_MONTHS)} | {100 * covered:.1f} |"
        f" {' / '.join(by_level)} | {top:.3f} |"
    )


def main(folder):
    head = (
        "| country | of | gain (best benchmark) | last five years | in 90 % | by last year's mean: under .5, 2, 8, 32,"
        " more | top tenth |"
    )
    for what, by_unit in (("country", False), ("first-order units or cells", True)):
        sys.stdout.write(f"\n{what}\n\n{head}\n| --- | --- | --- | --- | --- | --- | --- |\n")
        for name, file, country, unit in (*TABLES, IVORY_COAST):
            options = {"country": country} if country else {}
            study = open_study(Path(folder) / file, unit=unit if by_unit else "country", **options)
            for quantity in outlook.QUANTITIES:
                counts = outlook.monthly_panel(study, quantity=quantity, by_unit=by_unit).to_numpy(dtype=float)
                sys.stdout.write(row_of(name, counts, quantity) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
