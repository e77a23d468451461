"""The pipeline: read, propose, score, decode, render."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.collation import Support, candidates_of, support
from normalizer.confidence import confidence_signs, confidences
from normalizer.decoding import Posteriors, best_path, forward_backward
from normalizer.edits import Edit, Plan, apply_edits, compose_edits
from normalizer.errors import InputError
from normalizer.fitting import context_fits
from normalizer.glancing import Glance
from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
from normalizer.lattice import Lattice, build_lattice
from normalizer.lexicon import Lexicon
from normalizer.proposals import FAMILY_NAMES, Reading, grammar_readings, heard, lexicon_readings
from normalizer.references import LEAST_TRUST, Evidence, Reference, Trusted, gather_evidence, prepare
from normalizer.references.article import Weigh
from normalizer.rendering import Choice, render
from normalizer.residue import residue_edits, touches
from normalizer.scoring import (
    UNIFORM,
    ArcTable,
    Scores,
    Trellis,
    Weights,
    WordTable,
    arc_features,
    arc_table,
    bigram_trellis,
    family_posterior,
    score,
    shipped_weights,
    trigram,
    trigram_trellis,
    with_fits,
    word_table,
)
from normalizer.tokens import Token, sentences, tokenize
from normalizer.verdicts import Verdict, sentence_states

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Spans = list[tuple[int, int]]

# Pairs of arcs below this posterior under the bigram model are not looked at again. On the seeds .001 changes 3 of 884
# edits against .00001, in half the time.
COARSE_THRESHOLD = 1e-3
FAMILY_ROUNDS = 3
# A repaired text is read again so often at most. Of 960 excerpts of the seeds 18 changed in a second reading, none in a
# third. The cost: a spun text takes about twice as long, a clean one no longer.
REREADINGS = 4

# Occurrences of a spun form in a million words of clean text: from COMMON on it is no sign of a spinner, up to UNCOMMON
# a full one. With all forms alike three of five clean texts in a machine's formal prose looked spun, with these none.
COMMON, UNCOMMON = 300.0, 15.0
UNSPUN = Verdict(0.0, None, 0.0)
# Trust in a reference by the nats a word by which it looks spun: clean ones reach .18, spun ones start at .21 with half
# of the lexicon and at .26 with all of it. Spun ones are trusted as far as leaves no more wrong edits than without them
# (`python -m tests.witnesses wrong`; .15 brings a third fewer right ones, at .3 one wrong one more comes).
CLEAN_SIGNS, CLEAN_TRUST = (0.17, 0.25), (1.0, 0.2)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may choose. min_confidence: edits below this probability (0..1) are not made.

    The default is where F0.5 is highest on the seeds and on real pages (`normalizer evaluate --leave-out` prints the
    curve); .9 loses a sixth of the repairs and half of the wrong ones.
    """

    min_confidence: float = 0.75

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:  # also if it is no number at all
            raise InputError(f"min_confidence: expected a number from 0 to 1, found {self.min_confidence}")


@dataclass(frozen=True, slots=True)
class Repair:
    """The result for one article: text is source with edits applied."""

    source: str
    text: str
    edits: tuple[Edit, ...]
    verdict: Verdict
    signature: str = ""

    def plan(self) -> Plan:
        """Return the edits as a plan that can be written down, replayed and reverted."""
        verdict = {
            "spun": round(self.verdict.spun, 4),
            "family": self.verdict.family,
            "rate": round(self.verdict.rate, 4),
            "families": {name: round(value, 4) for name, value in self.verdict.families.items()},
        }
        return Plan.of(self.source, self.edits, signature=self.signature, verdict=verdict)


class Surprises(dict[str, float]):
    """How surprising words are, in nats and at most 14; words that are not there yet are looked up."""

    def __init__(self, model: LanguageModel, words: Iterable[str]) -> None:
        self._model = model
        asked = list(words)
        found = -self._model.unigram_log_probs(model.ids(asked))
        super().__init__(zip(asked, np.minimum(found, 14.0).tolist(), strict=True))

    def __missing__(self, word: str) -> float:
        self[word] = min(14.0, -float(self._model.unigram_log_probs(self._model.ids([word]))[0]))
        return self[word]


class Page(NamedTuple):
    """An article as read: its tokens, its sentences (first, end token indices), and what the scraper left on it."""

    text: str
    tokens: list[Token]
    spans: Spans
    residue: list[Edit]


def read(text: str) -> Page:
    """Return *text* in tokens and sentences."""
    tokens = tokenize(text)
    return Page(text, tokens, list(sentences(text, tokens)), residue_edits(text))


@dataclass(frozen=True, slots=True)
class Proposed:
    """An article with all its readings, and what the references say of them."""

    text: str
    tokens: list[Token]
    spans: Spans
    residue: list[Edit]
    lattice: Lattice
    collation: Evidence
    support: Support


@dataclass(frozen=True, slots=True)
class Decoded:
    """Features, scores and posteriors of an article's readings. arc_posteriors: probability of each lattice arc, shape
    (arcs,).
    """

    table: WordTable
    arcs: ArcTable
    trellis: Trellis
    features: Floats
    scores: Scores
    posteriors: Posteriors
    arc_posteriors: Floats
    families: Floats


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on an article, and the probability of each sentence to be spun, shape (sentences,)."""

    verdict: Verdict
    sentences: Floats


class Normalizer:
    """Loaded tables for repairing many articles. Safe to share between threads: nothing changes after construction."""

    def __init__(
        self,
        lexicons: Sequence[Path] = (),
        model: Path | LanguageModel | None = None,
        settings: Settings = Settings(),
        *,
        lexicon: Lexicon | None = None,
        weights: Weights | None = None,
        association: AssociationModel | None = None,
        context: ContextModel | None = None,
    ) -> None:
        self.lexicon = lexicon if lexicon is not None else Lexicon.load(lexicons)
        self.model = model if isinstance(model, LanguageModel) else _loaded(model)
        self.association = association if association is not None else AssociationModel.load()
        self.context = context if context is not None else ContextModel.load()
        self.glance = Glance(self.lexicon, self.model)
        self.settings = settings
        self.weights = weights if weights is not None else shipped_weights()

    def repair(self, text: str, references: Sequence[str | Reference | Trusted] = ()) -> Repair:
        """Return the repair of *text*, checked against *references* (texts; what `trusted` returns can be used again).

        What is repaired makes the rest clearer, so a text that was changed is read again until nothing changes:
        repairing a repair changes nothing. That is settled at the usual confidence; a caller's own bar hides edits
        of the settled repair, or shows less sure ones of the first reading.
        """
        _require_texts(text, references)
        prepared = self.trusted(references)
        usual, bar = Settings().min_confidence, self.settings.min_confidence
        found, verdict = self.reread(text, prepared, min(usual, bar))
        edits = more = [edit for edit in found if edit.confidence >= usual]
        for _ in range(REREADINGS):
            if not more:
                break
            more, _verdict = self.reread(apply_edits(text, edits), prepared, usual)
            edits = compose_edits(text, edits, more)
        weak = [edit for edit in found if edit.confidence < usual and not touches(edits, edit.start, edit.end)]
        kept = tuple(sorted(edit for edit in [*edits, *weak] if edit.confidence >= bar))
        return Repair(text, apply_edits(text, kept), kept, verdict, self.signature(len(prepared)))

    def reread(self, text: str, references: Sequence[Trusted], bar: float) -> tuple[list[Edit], Verdict]:
        """Return what one reading of *text* finds: edits at least as sure as *bar*, in order, and the verdict."""
        if not self.glance.may_be_spun(text):
            return sorted(residue_edits(text)), UNSPUN
        proposed = self.propose(text, references)
        decoded = self.decode(proposed)
        judged = self.judge(proposed, decoded)
        return sorted([*proposed.residue, *self.choose(proposed, decoded, judged, bar)]), judged.verdict

    def detect(self, text: str) -> Verdict:
        """Return how likely *text* is spun, and by which family."""
        return self.reread(text, (), 1.0)[1]

    def signature(self, references: int) -> str:
        """Return what made a repair: lexicon, model and version."""
        from normalizer import __version__

        models = f"lm:{self.model.signature}|topics:{self.association.signature}|context:{self.context.signature}"
        return f"lexicon:{self.lexicon.signature}|{models}|refs:{references}|v:{__version__}"

    def propose(self, text: str | Page, references: Sequence[str | Reference | Trusted] = ()) -> Proposed:
        """Return all readings of an article."""
        page = read(text) if isinstance(text, str) else text
        tokens, spans, residue = page.tokens, page.spans, page.residue
        readings = [r for r in lexicon_readings(self.lexicon, tokens, spans) if _clear_of(r, tokens, residue)]
        trusted = self.trusted(references)
        weigh = self._weigher({token.word for token in tokens}.union(*(each.reference.vocabulary for each in trusted)))
        collation = gather_evidence(tokens, spans, candidates_of(tokens, readings), trusted, weigh)
        readings = list(heard(self.lexicon, readings, lambda r: bool(collation.places(r.start, r.end, r.words))))
        proposed = [Reading(p.start, p.end, p.text, p.words, "reference", near=p.near) for p in collation.proposals]
        readings += [r for r in proposed if _clear_of(r, tokens, residue)]
        grammar = [r for r in grammar_readings(tokens, readings) if _clear_of(r, tokens, residue)]
        lattice = build_lattice(tokens, spans, [*readings, *grammar])
        return Proposed(page.text, tokens, spans, residue, lattice, collation, support(lattice, collation))

    def trusted(self, references: Sequence[str | Reference | Trusted]) -> list[Trusted]:
        """Return *references* prepared, each with how far it is to be trusted."""
        return [each if isinstance(each, Trusted) else self._trust(each) for each in references]

    def _trust(self, text: str | Reference) -> Trusted:
        """Return *text* prepared, with how clean it looks (0..1): a spun one is a witness still, but a weak one."""
        reference = prepare(text) if isinstance(text, str) else text
        signs = self.lexicon.spun_signs([token.word for token in reference.tokens])
        trust = float(np.interp(signs, CLEAN_SIGNS, CLEAN_TRUST))
        own = lexicon_readings(self.lexicon, reference.tokens, reference.spans) if trust < LEAST_TRUST else ()
        return Trusted(reference, trust, {(r.start, r.end, r.words): max(r.strengths) for r in own})

    def _weigher(self, words: Iterable[str]) -> Weigh:
        """Weigh a word by its surprise in nats, at most 14. words: those that will be asked for, looked up at once."""
        return Surprises(self.model, words).__getitem__

    def decode(self, proposed: Proposed, weights: Weights | None = None) -> Decoded:
        """Score all readings and infer the family: a few rounds of expectation and maximisation over the posteriors."""
        weights = weights or self.weights
        lattice = proposed.lattice
        table = word_table(lattice, self.model, self.association)
        arcs = arc_table(lattice, table, proposed.support)
        trellis = self.unroll(lattice, table, arcs, weights)
        families, by_arc = UNIFORM, np.zeros(len(lattice))
        for round_number in range(FAMILY_ROUNDS):
            features = arc_features(arcs, families, by_arc if round_number else None)
            scores = score(trellis, features, weights)
            posteriors = forward_backward(trellis.graph, scores.nodes, scores.edges)
            if not round_number:
                arcs = with_fits(arcs, self.fits(lattice, trellis, scores))
            by_arc = np.bincount(trellis.arcs, posteriors.nodes, minlength=len(lattice)).astype(np.float64)
            families = family_posterior(by_arc[arcs.edits], arcs.strengths[arcs.edits], UNIFORM)
        return Decoded(table, arcs, trellis, features, scores, posteriors, by_arc, families)

    def fits(self, lattice: Lattice, trellis: Trellis, scores: Scores) -> Floats:
        """Return how well each arc fits into the best path, shape (arcs,)."""
        path = trellis.arcs[best_path(trellis.graph, scores.nodes, scores.edges)]
        return context_fits(lattice, path.tolist(), self.context)

    def unroll(
        self,
        lattice: Lattice,
        table: WordTable,
        arcs: ArcTable,
        weights: Weights,
        must: NDArray[np.bool_] | None = None,
    ) -> Trellis:
        """Return the trigram trellis of the pairs of arcs that the bigram model finds likely; *must*: arcs to keep
        anyway.
        """
        coarse = bigram_trellis(lattice, table, self.model)
        scores = score(coarse, arc_features(arcs, UNIFORM), weights)
        likely = forward_backward(coarse.graph, scores.nodes, scores.edges).transitions > COARSE_THRESHOLD
        keeps = np.array([reading is None for reading in lattice.readings], dtype=bool)
        left, right = coarse.graph.sources, coarse.graph.targets
        always = keeps if must is None else keeps | must
        kept = likely | (always[left] & always[right])
        return trigram_trellis(lattice, table, self.model, (left[kept], right[kept]))

    def judge(self, proposed: Proposed, decoded: Decoded) -> Judged:
        """Return which sentences are spun, and the verdict on the whole."""
        swaps, exposed = swap_signs(proposed, decoded)
        sentences, spun = sentence_states(swaps, exposed, self.weights.rates)
        families = {name: float(p) for name, p in zip(FAMILY_NAMES, decoded.families, strict=True)}
        family = max(families, key=lambda name: families[name]) if spun > 0.5 else None
        swapped = float(decoded.arc_posteriors[_swaps(proposed, decoded)].sum())
        verdict = Verdict(spun, family, swapped / max(1, len(proposed.tokens)), families)
        return Judged(verdict, sentences)

    def choose(self, proposed: Proposed, decoded: Decoded, judged: Judged, bar: float) -> list[Edit]:
        """Return the edits of the best path that are at least as sure as *bar*, in sentences that are spun."""
        lattice = proposed.lattice
        nodes = best_path(decoded.trellis.graph, decoded.scores.nodes, decoded.scores.edges)
        path = decoded.trellis.arcs[nodes]
        sure = self.confidences(proposed, decoded, path) * judged.sentences[lattice.sentence]
        picked = [
            (int(k), int(arc), reading)
            for k, arc in enumerate(path)
            if (reading := lattice.readings[arc]) is not None
            and sure[arc] >= bar
        ]
        margins = self._margins(lattice, path, [k for k, _, _ in picked], proposed.tokens)
        choices = [
            Choice(reading, float(sure[arc]), margin, int(lattice.sentence[arc]))
            for (_, arc, reading), margin in zip(picked, margins, strict=True)
        ]
        starts = frozenset(first for first, _ in proposed.spans)
        return render(proposed.text, proposed.tokens, starts, choices, proposed.collation)

    def confidences(self, proposed: Proposed, decoded: Decoded, path: Ints) -> Floats:
        """Return how likely each arc's edit is right, shape (arcs,); those on *path* as far as learnt."""
        lattice = proposed.lattice
        sure = outcome_posteriors(lattice, decoded.arc_posteriors)
        chosen = path[np.isin(path, decoded.arcs.edits)]
        if self.weights.confidence and len(chosen):
            signs = confidence_signs(lattice, decoded.features, decoded.arc_posteriors, sure, chosen)
            sure[chosen] = confidences(signs, self.weights.confidence)
        return sure

    def _margins(self, lattice: Lattice, path: Ints, places: Sequence[int], tokens: Sequence[Token]) -> list[float]:
        """Return by how many nats the model prefers each chosen reading over the kept wording, the rest of the path
        as is.
        """
        rows: list[tuple[int, int, int]] = []
        sizes: list[int] = []
        for k in places:
            reading = lattice.readings[path[k]]
            assert reading is not None
            left = [word for arc in path[max(0, k - 2) : k] for word in lattice.words[arc]][-2:]
            right = [word for arc in path[k + 1 : k + 3] for word in lattice.words[arc]][:2]
            kept = [token.word for token in tokens[reading.start : reading.end]]
            for middle in (list(reading.words), kept):
                ids = [-1] * (2 - len(left)) + self.model.ids([*left, *middle, *right])
                rows += zip(ids, ids[1:], ids[2:], strict=False)
                sizes.append(len(ids) - 2)
        if not rows:
            return []
        sums = np.add.reduceat(trigram(self.model, np.array(rows)), np.cumsum([0, *sizes[:-1]]))
        return [float(a - b) for a, b in zip(sums[::2], sums[1::2], strict=True)]


def swap_signs(proposed: Proposed, decoded: Decoded) -> tuple[Floats, list[int]]:
    """Return for each sentence the expected swaps, and the tokens that may have been swapped.

    A swap counts in full where its spun form is uncommon in clean text, and the less the more common it is: formal
    prose is full of words that a spinner writes, too. What a reference says in the same sentence counts as far as the
    sentences are one: outlets that print one text change few of its words, a spinner one in four. Names, numbers and
    marks are hardly ever swapped: what counts is all in lower case, and what a reading covers. A page full of names is
    no cleaner for that.
    """
    lattice, edits = proposed.lattice, decoded.arcs.edits
    readings = [reading for i in edits if (reading := lattice.readings[i]) is not None]
    clean = np.array([COMMON if r.kind == "reference" else r.clean for r in readings], dtype=np.float64)
    telling = np.clip(np.log(COMMON / (1.0 + clean)) / np.log(COMMON / UNCOMMON), 0.0, 1.0)
    signs = decoded.arc_posteriors[edits] * np.maximum(telling, proposed.support.verbatim[edits])
    swaps = np.bincount(lattice.sentence[edits], signs, minlength=len(proposed.spans)).astype(np.float64)
    covered = {i for arc in edits for i in range(int(lattice.firsts[arc]), int(lattice.ends[arc]))}
    exposed = [
        sum(token.text[0].islower() or i in covered for i, token in enumerate(proposed.tokens[first:end], first))
        for first, end in proposed.spans
    ]
    return swaps, exposed


def _swaps(proposed: Proposed, decoded: Decoded) -> Ints:
    """Return the arcs that a lexicon entry proposes, by which the rate of a text is told with and without references
    alike.
    """
    readings, edits = proposed.lattice.readings, decoded.arcs.edits
    return edits[[reading.kind != "reference" for i in edits if (reading := readings[i]) is not None]]


def outcome_posteriors(lattice: Lattice, arcs: Floats) -> Floats:
    """Return for each arc the probability of its outcome, which other arcs may share, shape (arcs,).

    "cold war" for "chilly conflict" is one arc, or two; either way `chilly` becomes `cold`. Arcs that replace word by
    word are counted word by word, and an arc is as sure as its least sure word. Others are counted by what they change:
    "have" for "have actually" and "been" for "actually been" both leave out `actually`.
    """
    outcomes: dict[tuple[int, int, tuple[str, ...]], float] = defaultdict(float)
    result = np.minimum(1.0, arcs)
    own = {int(lattice.firsts[i]): lattice.words[i][0] for i in range(len(lattice)) if lattice.readings[i] is None}
    changes = {i: _changes(lattice, i, own) for i in np.flatnonzero(arcs > 0.001).tolist()}
    for i, found in changes.items():
        for change in found:
            outcomes[change] += float(arcs[i])
    for i, found in changes.items():
        result[i] = min(1.0, min((outcomes[change] for change in found), default=result[i]))
    return result


def _changes(lattice: Lattice, arc: int, own: Mapping[int, str]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return what an arc does, in its smallest parts: which tokens become which words. own: the words of all tokens.

    Nothing for an arc that only puts words in: two of these at one place do not exclude each other.
    """
    first, end, words = int(lattice.firsts[arc]), int(lattice.ends[arc]), lattice.words[arc]
    if end - first == len(words):
        return [(first + k, first + k + 1, (word,)) for k, word in enumerate(words)]
    while words and first < end and words[0] == own[first]:
        first, words = first + 1, words[1:]
    while words and first < end and words[-1] == own[end - 1]:
        end, words = end - 1, words[:-1]
    return [(first, end, words)] if first < end else []


def _require_texts(text: object, references: object) -> None:
    """Raise a TypeError that says what is no text."""
    if isinstance(references, str):
        raise TypeError("references: expected a list of texts, found one text; write [text]")
    given = references if isinstance(references, Sequence) else ()
    kinds = [(text, str), *((each, str | Reference | Trusted) for each in given)]
    for each, kind in kinds:
        if not isinstance(each, kind):
            raise TypeError(f"expected texts (str), found {type(each).__name__}; decode bytes as UTF-8")


def _clear_of(reading: Reading, tokens: Sequence[Token], residue: Sequence[Edit]) -> bool:
    start, end = tokens[reading.start].start, tokens[reading.end - 1].end
    return not touches(residue, start, end)


def _loaded(path: Path | None) -> LanguageModel:
    """Return the model at *path*, the shipped one for None. Another is verified: one wrong byte may send a look-up out
    of its table.
    """
    model = LanguageModel.load(path)
    if path is not None:
        model.verify()
    return model


_shared: dict[str, Normalizer] = {}


def _default() -> Normalizer:
    if "default" not in _shared:
        _shared["default"] = Normalizer()
    return _shared["default"]


def repair(text: str, references: Sequence[str] = (), settings: Settings | None = None) -> Repair:
    """Repair one article. For many articles make a `Normalizer` once."""
    normalizer = _default()
    if settings is not None:
        normalizer = Normalizer(
            model=normalizer.model,
            settings=settings,
            lexicon=normalizer.lexicon,
            weights=normalizer.weights,
            association=normalizer.association,
            context=normalizer.context,
        )
    return normalizer.repair(text, references)


def detect(text: str) -> Verdict:
    """Return how likely *text* is spun, and by which family."""
    return _default().detect(text)


__all__ = ["Normalizer", "Repair", "Settings", "Verdict", "detect", "repair"]
