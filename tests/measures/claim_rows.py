"""Made-up claims: a row each."""

import numpy as np
import pandas as pd

from analysis.incidents.claims import CLAIM_COLUMNS

INF = np.inf


def make_claims(*rows):
    """Each row: key, claimant, its side, whose loss, low, high (None: undisclosed); the rest by name."""
    made = []
    for number, (key, speaker, side, subject, low, high, *more) in enumerate(rows):
        silent = low is None
        row = {
            "claim_id": f"c{number:03d}",
            "row": number + 2,
            "wave_or_incident": key,
            "n_incidents": 0,
            "claimant": speaker,
            "speaker": speaker,
            "claimant_side": side,
            "subject_side": subject,
            "measure": "killed",
            "bound": "undisclosed" if silent else "exact" if low == high else "at_least",
            "value": np.nan if silent else low,
            "unit": "persons",
            "low": 0.0 if silent else low,
            "high": INF if silent else high,
            "approximate": False,
            "scope": "whole",
            "civilians": False,
            "stage": 1,
            "words": "no figure" if silent else f"{low:g}" + ("" if low == high else f" to {high:g}"),
            "note": "",
            "publisher": f"paper {number}",
            "published_date": None,
            "url": "",
            "verified": True,
        }
        made.append(row | (more[0] if more else {}))
    frame = pd.DataFrame(made, columns=list(CLAIM_COLUMNS))
    frame["published_date"] = pd.to_datetime(frame["published_date"])
    return frame.astype(CLAIM_COLUMNS)
