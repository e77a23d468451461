"""Restoring the wording of a known original, where the reading of a spun copy of it left something different.

A reading makes only edits that it is sure of. If an article is proven to be a spun copy of a clean text, that text
shows what stood there, also for swaps that are in no lexicon and no thesaurus. Facts are not restored: a name, a
number, a negation or who speaks may have been corrected since the article was copied.
"""

from dataclasses import replace

from normalizer.corpus.comparing import LONGEST_SWAP
from normalizer.edits import SENTENCE_LIMIT, Edit, Evidence, SupportingSentence, apply_edits, compose_edits
from normalizer.learning.stretches import Stretch, stretches
from normalizer.lexicon.meanings import change_of_meaning
from normalizer.protection import Spans, moved, overlaps
from normalizer.references import Reference
from normalizer.references.prepared import names, prepare
from normalizer.references.proposing import opens_sentence, wording
from normalizer.references.rewording import keeps_facts
from normalizer.repairing import Repair
from normalizer.surface import match_case
from normalizer.tokens import sentences, tokenize

NOTE = "restored from the text that this one is a spun copy of"
SURE = 0.95  # confidence of restored edits; measured on made scrapes


def restored(repair: Repair, original: str, kept: Spans) -> Repair:
    """Return *repair* with the remaining differences from *original*, its first reference, restored.

    kept: stretches of the article that no edit may touch.
    """
    more = restorations(repair.text, prepare(original), moved(kept, repair.edits))
    edits = compose_edits(repair.source, repair.edits, more)
    return replace(repair, text=apply_edits(repair.source, edits), edits=tuple(edits))


def restorations(text: str, original: Reference, kept: Spans) -> list[Edit]:
    """Return edits of *text* that put words of its *original* in place of differing words between equal ones.

    kept: stretches of *text* that no edit may touch.
    """
    tokens = tokenize(text)
    spans = list(sentences(text, tokens))
    known, openings = names(tokens, spans) | original.names, {first for first, _ in spans}
    found = []
    for each in stretches([token.word for token in tokens], [token.word for token in original.tokens]):
        ours, theirs = tokens[each.start : each.end], original.tokens[each.first : each.last]
        if not ours or not theirs or max(len(ours), len(theirs)) > LONGEST_SWAP:
            continue
        start, end, before = ours[0].start, ours[-1].end, text[ours[0].start : ours[-1].end]
        after = wording(original, theirs)
        if "\n" in before + after or overlaps(kept, start, end) or change_of_meaning(before, after) is not None:
            continue
        if keeps_facts(ours, theirs, known, opens=opens_sentence(original, each.first)):
            after = match_case([token.text for token in ours], after, starts_sentence=each.start in openings)
            found.append(Edit(start, end, before, after, "reference", _evidence(original, each), SURE))
    return found


def _evidence(original: Reference, stretch: Stretch) -> Evidence:
    first, last = original.tokens[stretch.first], original.tokens[stretch.last - 1]
    sentence = original.sentence(stretch.first)[:SENTENCE_LIMIT]
    return Evidence(references=(SupportingSentence(0, first.start, last.end, sentence),), note=NOTE)
