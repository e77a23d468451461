"""A repair in a few lines, and a verdict in one."""

from collections import Counter
from collections.abc import Sequence

from normalizer.edits import KINDS, Edit
from normalizer.reporting.results import Judgement, Result, is_spun, visible_line

SHOWN = 3  # edits named as the surest, and as the least sure
WIDTH = 40  # characters of an edit's wording that are shown


def summary(result: Result, name: str) -> str:
    """Return a summary as lines: how many edits of each kind, the verdict, the surest and the least sure edits.

    name: of the article, as it is to be shown.
    """
    lines = [summary_line(result, name)]
    ranked = sorted(result.edits, key=lambda edit: -edit.confidence)
    surest, rest = ranked[:SHOWN], ranked[SHOWN:]
    lines += [f"  surest: {_listed(surest)}"] if surest else []
    lines += [f"  least sure: {_listed(rest[: -SHOWN - 1 : -1])}"] if rest else []
    return "\n".join(lines) + "\n"


def summary_line(result: Result, name: str) -> str:
    """Return how many edits of each kind were made, and the verdict, as one line without a line end."""
    verdict = verdict_words(result.verdict) + _withheld_words(result)
    return f"{visible_line(name)}: {counted(result.edits)}; {verdict}"


def verdict_row(verdict: Judgement, name: str) -> str:
    """Return name, verdict, probability, family ("-" for none) and rate as one line, separated by tabs."""
    word = "spun" if is_spun(verdict) else "clean"
    return f"{visible_line(name)}\t{word}\t{verdict.spun:.3f}\t{verdict.family or '-'}\t{verdict.rate:.3f}\n"


def counted(edits: Sequence[Edit]) -> str:
    """Return in words how many edits of each kind there are."""
    counts = Counter(edit.kind for edit in edits)
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
    return f"{len(edits)} edit{'' if len(edits) == 1 else 's'}{f' ({kinds})' if kinds else ''}"


def verdict_words(verdict: Judgement) -> str:
    """Return a verdict in words."""
    if not is_spun(verdict):
        return f"not spun (probability {verdict.spun:.2f})"
    family = f"family {verdict.family}" if verdict.family else "no known family"
    return f"spun (probability {verdict.spun:.2f}), {family}, {verdict.rate:.0%} of the words swapped"


def _withheld_words(result: Result) -> str:
    """Return how many edits were left out and how to have them made, "" if none or the text is not spun."""
    if not result.withheld or not is_spun(result.verdict):
        return ""
    edits, them = ("1 edit", "it") if result.withheld == 1 else (f"{result.withheld} edits", "them")
    return f"; {edits} less sure left out (a lower --min-confidence makes {them})"


def _listed(edits: Sequence[Edit]) -> str:
    return ", ".join(f"{_short(edit.before)} -> {_short(edit.after)} ({edit.confidence:.2f})" for edit in edits)


def _short(wording: str) -> str:
    shown = visible_line(wording) or "(nothing)"
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 1] + "…"
