"""Reports for programs: one JSON object on one line."""

import json
from dataclasses import replace

from normalizer.reporting.results import Judgement, Result, is_spun


def plan_line(result: Result, name: str = "") -> str:
    """Return the plan of a repair as one line with its line end. name: the file, kept in the plan."""
    return replace(result.plan(), name=name).to_json() + "\n"


def verdict_line(verdict: Judgement, name: str = "") -> str:
    """Return a verdict as one line of JSON with its line end; numbers have four decimals."""
    members = {
        "name": name,
        "verdict": "spun" if is_spun(verdict) else "clean",
        "spun": round(float(verdict.spun), 4),
        "family": verdict.family,
        "rate": round(float(verdict.rate), 4),
        "families": {family: round(float(share), 4) for family, share in verdict.families.items()},
    }
    return json.dumps(members) + "\n"
