"""From the chosen readings to edits in the caller's text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from normalizer.edits import SENTENCE_LIMIT, Edit, Evidence, Kind, Support
from normalizer.proposals import Reading
from normalizer.references import Evidence as References
from normalizer.surface import match_case, match_layout, match_quotes
from normalizer.tokens import Token


@dataclass(frozen=True, slots=True)
class Choice:
    """A reading on the chosen path, with its posterior probability and the model's margin over the kept wording
    (nats).
    """

    reading: Reading
    confidence: float
    margin: float
    sentence: int


def render(
    text: str,
    tokens: Sequence[Token],
    sentence_starts: frozenset[int],
    choices: Sequence[Choice],
    collation: References,
) -> list[Edit]:
    """Return one edit for every choice that changes the text. Edits stay inside the stretch of their reading."""
    edits = []
    style = "’" if "’" in text else ""
    for choice in choices:
        reading = choice.reading
        stretch = tokens[reading.start : reading.end]
        start, end = stretch[0].start, stretch[-1].end
        after = match_case(
            [token.text for token in stretch], reading.text, starts_sentence=reading.start in sentence_starts
        )
        gaps = [text[left.end : right.start] for left, right in pairwise(stretch)]
        after = match_layout(match_quotes(after, style), gaps)
        if after != text[start:end]:
            evidence = _evidence(choice, collation)
            edits.append(
                Edit(start, end, text[start:end], after, cast(Kind, reading.kind), evidence,
                round(choice.confidence, 4)) )
    return edits


def _evidence(choice: Choice, collation: References) -> Evidence:
    entries = choice.reading.entries
    best = max(entries, key=lambda entry: entry.weight, default=None)
    return Evidence(
        entry=best.describe() if best else None,
        references=tuple(_supports(choice, collation)),
        margin=round(choice.margin, 3),
        note="" if best else "a or an by the sound of what follows" if choice.reading.kind == "grammar" else "",
    )


def _supports(choice: Choice, collation: References) -> list[Support]:
    """Return the places that speak for a choice: those aligned with it, or else where its words stand elsewhere."""
    reading = choice.reading
    if reading.kind == "grammar":
        return []
    found = []
    for number, at in collation.places(reading.start, reading.end, reading.words):
        reference = collation.references[number]
        first, end = reference.spans[reference.sentence_of[at]]
        start, last = reference.tokens[at].start, reference.tokens[at + len(reading.words) - 1].end
        sentence = reference.text[reference.tokens[first].start : reference.tokens[end - 1].end]
        found.append(Support(number, start, last, sentence[:SENTENCE_LIMIT]))
    return found
