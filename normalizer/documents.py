"""Documents repaired: each stretch of prose is an article of its own, and its edits become edits of the document."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from normalizer.edits import Edit, apply_edits
from normalizer.formats import Document, Segment
from normalizer.reading import CLEAN, Job
from normalizer.references import Reference
from normalizer.repairing import Normalizer, Repair, Verdict


def repair_documents(
    normalizer: Normalizer, documents: Iterable[tuple[Document, Sequence[str | Reference]]]
) -> Iterator[Repair]:
    """Yield the repair of each of *documents*, in order, each with references that all its articles share.

    Their articles are repaired in one stream, a few dozen side by side. The verdict on a document is that on the one of
    its articles that is most likely spun, with the swaps of all of them.
    """
    waiting: deque[tuple[Document, list[Repair]]] = deque()

    def jobs() -> Iterator[Job]:
        for document, references in documents:
            waiting.append((document, []))
            yield from (_job(document, segment, references) for segment in document.segments)

    for repair in normalizer.repair_many(jobs()):
        while waiting and len(waiting[0][1]) == len(waiting[0][0].segments):
            yield _whole(normalizer, *waiting.popleft())
        waiting[0][1].append(repair)
        if len(waiting[0][1]) == len(waiting[0][0].segments):
            yield _whole(normalizer, *waiting.popleft())
    for document, repairs in waiting:
        yield _whole(normalizer, document, repairs)


def detect_document(normalizer: Normalizer, document: Document) -> Iterator[tuple[str, Verdict]]:
    """Yield the label of each article of *document* with the verdict on it."""
    for label, segment in zip(document.labels, document.segments, strict=True):
        yield label, normalizer.detect(segment.text)


def _job(document: Document, segment: Segment, references: Sequence[str | Reference]) -> Job:
    return Job(segment.text, references, segment.closed, document.kind == "html")


def _whole(normalizer: Normalizer, document: Document, repairs: Sequence[Repair]) -> Repair:
    """Return the repair of *document* from those of its articles."""
    if document.whole and document.segments[0].text == document.segments[0].source:
        return repairs[0]
    edits = _moved(document, [repair.edits for repair in repairs])
    held_back = _moved(document, [repair.held_back for repair in repairs])
    text, withheld = apply_edits(document.text, edits), sum(repair.withheld for repair in repairs)
    signature = repairs[0].signature if repairs else normalizer.signature(0)
    return Repair(document.text, text, edits, _verdict(repairs), signature, withheld, held_back)


def _moved(document: Document, edits: Sequence[Sequence[Edit]]) -> tuple[Edit, ...]:
    """Return the *edits* of each article of *document* as edits of the document, in order."""
    pairs = zip(document.segments, edits, strict=True)
    return tuple(sorted(moved for segment, own in pairs for edit in own if (moved := segment.back(edit)) is not None))


def _verdict(repairs: Sequence[Repair]) -> Verdict:
    """Return the verdict on articles together: of the likeliest spun, with the share of swaps in all."""
    if not repairs:
        return CLEAN
    worst = max((repair.verdict for repair in repairs), key=lambda verdict: verdict.spun)
    sizes = [len(repair.source) for repair in repairs]
    rate = sum(size * repair.verdict.rate for size, repair in zip(sizes, repairs, strict=True)) / max(1, sum(sizes))
    return Verdict(worst.spun, worst.family, rate, worst.families)
