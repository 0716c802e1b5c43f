"""UCDP's own files, where they lie beside the checkout: what is in them is known, and comes out."""

from pathlib import Path

import pytest

from analysis.incidents.check import describe_table
from analysis.incidents.contract import check_incidents
from analysis.incidents.load import load_incidents

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="UCDP's files are not redistributed: ../shared/data/ucdp is absent"
)

# rows and columns of the file (data/README there), first and last day, countries, conflicts in the order of deaths
KNOWN = {
    "GEDEvent_v24_1_Myanmar.csv": (7374, 49, "1989-01-01", "2023-12-31", ["MMR"], "24.1 (from the file's name)"),
    "GEDEvent_v23_1_CentralAfricanRepublic.csv": (1848, 48, "1991-08-08", "2022-12-31", ["CAF"],
        "23.1 (from the file's name)"),
    "GEDEvent_v23_1_sample1000.csv": (1000, 49, "1989-01-07", "2022-12-19", None, "23.1 (from the file's name)"),
    "hdx_conflict_data_BGD.csv": (601, 43, "1989-05-20", "2018-12-30", ["BGD"],
                                  "19.1 or later (inferred from the last year, 2018)"),
}  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    return {name: load_incidents(SHARED / name) for name in KNOWN}


@pytest.mark.parametrize("name", KNOWN)
def test_every_row_of_every_release_is_read(tables, name):
    n_rows, n_columns, first, last, countries, release = KNOWN[name]
    table = tables[name]
    told = describe_table(table)
    header = (SHARED / name).read_text(encoding="utf-8").partition("\n")[0]
    assert header.count(",") + 1 == n_columns
    assert (told["rows_read"], told["rows_kept"], told["rows_rejected"], told["cells_blanked"]) == (
        n_rows,
        n_rows,
        0,
        0,
    )
    assert (told["source"], told["source_version"]) == ("ucdp_ged", release)
    assert (told["date_min"], told["date_max"]) == (first, last)
    assert countries is None or told["countries"] == countries
    assert table.incidents["incident_id"].is_unique


@pytest.mark.parametrize("name", KNOWN)
def test_deaths_and_precision_are_those_of_the_file(tables, name):
    import pandas as pd

    raw = pd.read_csv(SHARED / name, dtype="str", skiprows=[1] if "hdx" in name else None)
    incidents = tables[name].incidents
    low, best, high = (raw[column].astype(float) for column in ("low", "best", "high"))
    assert incidents["fatalities_best"].sum() == best.sum()
    conflicts = (low > best).sum() + (best > high).sum() + (low > high).sum()
    assert len(tables[name].problems) == conflicts > 0
    assert tables[name].problems["action"].eq("kept").all()
    assert incidents["geo_precision"].eq("region").sum() == raw["where_prec"].astype(float).eq(5).sum()
    assert incidents["date_precision"].eq("day").sum() == raw["date_prec"].astype(float).eq(1).sum()
    several = (pd.to_datetime(raw["date_end"]) > pd.to_datetime(raw["date_start"])).sum()
    assert (incidents["date_end"] > incidents["date_start"]).sum() == several


def test_myanmar_is_not_for_maps_below_the_country(tables):
    table = tables["GEDEvent_v24_1_Myanmar.csv"]
    share = table.incidents["geo_precision"].eq("region").mean()
    assert share == pytest.approx(0.43, abs=0.005)
    assert any("not for maps below the country" in warning for warning in describe_table(table)["warnings"])


def test_a_plain_extract_by_a_mapping():
    path = SHARED / "ged251_sample_west_africa.csv"
    table = load_incidents(path, mapping="id=id,date=date,country=country,lat=latitude,lon=longitude,deaths=best")
    check_incidents(table.incidents)
    assert (len(table.incidents), table.incidents["country"].nunique()) == (269, 12)
    assert table.problems.empty
