"""Planted faults: each breaks one line, and one property or test must notice.

    python -m tests.tools.mutants [ROOM]... [--jobs N] [--python PATH]

Prints how many faults of each room were noticed, the survivors, and for each property of the specification the faults
that it alone caught; exit code 1 if fewer than 85 % of a core room's faults are noticed. `mutations.py` plants faults
that nobody chose.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import click

from tests.tools.planting import ROOT, Catch, conclude, hunt, hunting, room

CORE = (
    "edits", "plans", "files", "tokens", "surface", "lexicon", "proposals", "lattice", "scoring", "decoding", "rendering", "repairing",
    "references", "collation", "residue", "articles", "verdicts", "glancing", "fitting", "confidence",
)  # fmt: skip


class Mutant(NamedTuple):
    """A fault: *old*, which stands once in the file, becomes *new*; the tests chosen by *keyword* in *test* must fail.

    keyword: what `pytest -k` takes, mostly the number of a property; "" for the whole file.
    """

    file: str
    old: str
    new: str
    test: str
    keyword: str = ""

    @property
    def tests(self) -> tuple[str, ...]:
        """The files of the tests that must fail."""
        return (self.test,)

    @property
    def shown(self) -> str:
        """The fault on one line."""
        return f"{self.file}: {self.old!r} -> {self.new!r} ({self.test} -k {self.keyword!r})"

    def planted(self, source: str) -> str:
        """Return *source* with the fault."""
        return source.replace(self.old, self.new)


PROPERTIES, HOSTILE, READERS = "test_properties.py", "test_hostile.py", "test_readers.py"

MUTANTS = (
    # --- tokens
    Mutant("tokens.py", "m.start(), m.end(), fold(", "m.start(), m.end() - 1, fold(", HOSTILE, "offsets"),
    Mutant("tokens.py", ".lower().translate(PLAIN)", ".translate(PLAIN)", HOSTILE, "alike"),
    Mutant("tokens.py", 'normalize("NFC"', 'normalize("NFD"', "test_tokens.py"),
    Mutant("tokens.py", "{1,64}+@", "++@", HOSTILE, "linear_time or backtracks"),
    Mutant("tokens.py", "i - first == LONGEST_SENTENCE or ", "", PROPERTIES, "test_10_sentences"),
    Mutant("tokens.py", "QUOTES | LIGATURES", "QUOTES", HOSTILE, "alike"),
    Mutant("tokens.py", r"|--+|\S)", r"|--+|[!-~])", HOSTILE, "offsets"),
    Mutant("tokens.py", "yield first, len(tokens)", "yield first, len(tokens) - 1", PROPERTIES, "test_10_sentences"),
    Mutant("tokens.py", "        return not wrapped", "        return wrapped", "test_tokens.py"),
    # --- edits
    Mutant(
        "edits.py",
        "shift += len(edit.after) - len(edit.before)",
        "shift += len(edit.before) - len(edit.after)",
        PROPERTIES,
        "test_1_",
    ),
    Mutant(
        "edits.py",
        "pieces += [text[done : edit.start], edit.after]",
        "pieces += [text[done : edit.start].rstrip('\\r'), edit.after]",
        PROPERTIES,
        "test_1_ or test_2_",
    ),
    Mutant(
        "edits.py",
        '        if right.start < left.end:\n            raise PlanError(\n                f"edits overlap',
        '        if False:\n            raise PlanError(\n                f"edits overlap',
        "test_edits.py",
    ),
    Mutant(
        "plans.py",
        "        if (found := fingerprint(text)) != self.source_sha256:",
        "        if False:",
        "test_plans.py",
    ),
    Mutant(
        "edits.py",
        "low, high = start - shift, end - shift - grown",
        "low, high = start - shift, end - shift",
        "test_edits.py",
        "compos",
    ),
    Mutant(
        "edits.py",
        "        if start >= reach and any(pair):",
        "        if start > reach and any(pair):",
        "test_edits.py",
        "compos",
    ),
    Mutant("edits.py", "        reach = max(reach, end)", "        reach = end", "test_edits.py", "compos"),
    Mutant("edits.py", "sure = min(edit.confidence", "sure = max(edit.confidence", "test_edits.py", "edit_of_an_edit"),
    Mutant(
        "plans.py",
        "except (ValueError, RecursionError) as error:\n        _reject",
        "except ValueError as error:\n        _reject",
        READERS,
        "finds",
    ),
    Mutant("plans.py", "    if end > length:", "    if False:", "test_plans.py"),
    Mutant("plans.py", "not abs(value) <= sys.float_info.max", "not abs(value) <= float('inf')", "test_plans.py"),
    # --- articles
    Mutant("residue.py", "edits[at].start < end", "edits[at].start <= end", "test_residue.py", "touching"),
    Mutant("residue.py", "bisect_right(edits, start, key=lambda edit: edit.end)", "0", "test_residue.py", "touching"),
    Mutant("residue.py", "if plain and not named and len(braces)", "if not named and len(braces)", "test_residue.py"),
    Mutant(
        "residue.py", "if found and not (rule.unless and rule.unless.search(text)):", "if found:", "test_residue.py"
    ),
    Mutant(
        "files.py", 'return data.decode("utf-8")\n', 'return data.decode("utf-8-sig")\n', "test_files.py"
    ),
    Mutant("files.py", "        temporary.unlink(missing_ok=True)", "        pass", "test_files.py"),
    Mutant("files.py", "        os.fsync(file.fileno())", "        pass", "test_files.py"),
    Mutant("articles.py", "rest = rest[_taken(sys.stdout.buffer.write(rest)) :]", "rest = rest[len(rest) * _taken(sys.stdout.buffer.write(rest)) :]", "test_articles.py"),
    Mutant("files.py", "_replace(Path(os.path.realpath(target)), data)", "_replace(target, data)", "test_files.py"),
    # --- surface
    Mutant("surface.py", 'blanks[at] = blanks[at].strip(" ") + gap', "pass", PROPERTIES, "test_2_"),
    Mutant("surface.py", 'at = at if blanks[at] == " " else 0', "pass", "test_surface.py", "line_breaks"),
    Mutant("surface.py", "return original.upper()", "return original", "test_surface.py"),
    Mutant(
        "surface.py",
        "return original[0].upper() + original[1:] if words[0][0].isupper() else original",
        "return original",
        "test_surface.py",
    ),
    Mutant(
        "surface.py",
        'return original.replace("\'", "’") if',
        'return original.replace("\'", "’") if not',
        "test_surface.py",
    ),
    # --- lexicon
    Mutant(
        "lexicon/matcher.py",
        "    for start, word in enumerate(words):",
        "    for start, word in enumerate(words[1:], 1):",
        "test_lexicon.py",
    ),
    Mutant("lexicon/entries.py", "    if not 0 <= value < 1e9:", "    if value < 0:", READERS, "finds"),
    Mutant("lexicon/entries.py", "not RANK.fullmatch(source[6:])", "not source[6:].isdecimal()", READERS, "finds"),
    Mutant(
        "lexicon/files.py",
        "except (OSError, ValueError) as error:",
        "except OSError as error:",
        "test_bad_input.py",
        "lexicon",
    ),
    # --- proposals
    Mutant("proposals.py", "    if phrase not in known:", "    if True:", PROPERTIES, "test_10_time and piece"),
    Mutant(
        "proposals.py",
        "return first + size <= start or last >= end",
        "return first <= start or last >= end",
        "test_proposals.py",
    ),
    Mutant("proposals.py", "if guard is OPEN or allows(", "if True or allows(", "test_proposals.py"),
    Mutant(
        "proposals.py",
        "    if folded[left:right] == stretch[start:end]:\n        return None",
        "    if False:\n        return None",
        "test_proposals.py",
    ),
    Mutant(
        "proposals.py",
        "yield reading._replace(start=reading.start + start, end=reading.end + start)",
        "yield reading._replace(start=start, end=end)",
        "test_proposals.py",
    ),
    Mutant("proposals.py", "[:READINGS_PER_STRETCH]", "[:1]", "test_proposals.py"),
    Mutant(
        "proposals.py",
        "yield Reading(start - 1, start, other",
        "yield Reading(start, start + 1, other",
        "test_proposals.py",
    ),
    # --- lattice and decoding
    Mutant(
        "lattice.py", "reading.end + shift, i, reading.end, i", "i + shift + 1, i, reading.end, i", "test_lattice.py"
    ),
    Mutant("lattice.py", "base = end + shift + 2", "base = end + shift + 1", "test_lattice.py"),
    Mutant("lattice.py", "i - first + 1, number))\n            for", "i, number))\n            for", "test_lattice.py"),
    Mutant("decoding.py", "beta[graph.ends] = 0.0", "beta[graph.ends[:1]] = 0.0", "test_decoding.py"),
    Mutant(
        "decoding.py",
        "values = score[origin] + transitions[bundle.edges]",
        "values = score[origin]",
        "test_decoding.py",
    ),
    Mutant(
        "decoding.py",
        "came_from[bundle.nodes] = np.minimum.reduceat",
        "came_from[bundle.nodes] = np.maximum.reduceat",
        "test_decoding.py",
    ),
    Mutant(
        "decoding.py",
        "peaks = np.maximum.reduceat(values, bundle.heads)\n    return peaks",
        "peaks = np.minimum.reduceat(values, bundle.heads) - 800\n    return peaks",
        "test_decoding.py",
    ),
    Mutant(
        "decoding.py",
        "reversed(list(_bundles(levels[sources], sources)))",
        "list(_bundles(levels[sources], sources))",
        "test_decoding.py",
    ),
    Mutant("decoding.py", "    for end in graph.ends[::-1]:", "    for end in graph.ends:", "test_decoding.py"),
    # --- verdicts
    Mutant(
        "verdicts.py",
        "stay, move = np.log1p(-rates.change), np.log(rates.change)",
        "stay, move = -0.7, -0.7",
        "test_verdicts.py",
    ),
    Mutant("verdicts.py", "- np.asarray(sizes) * (rates.spun - rates.clean)", "", PROPERTIES, "test_4_"),
    Mutant(
        "verdicts.py",
        "-np.expm1(min(0.0, all_clean - total))",
        "-np.expm1(all_clean - total) * 2",
        PROPERTIES,
        "test_11_no",
    ),
    Mutant(
        "verdicts.py",
        "np.exp(forward[:, 1] + backward[:, 1] - total)",
        "np.exp(forward[:, 1] - total)",
        PROPERTIES,
        "test_5_ or test_4_",
    ),
    # --- rendering
    Mutant("rendering.py", "if after != text[start:end]:", "if True:", "test_rendering.py"),
    Mutant(
        "rendering.py",
        "stretch[0].start, stretch[-1].end",
        "stretch[0].start, stretch[0].end",
        PROPERTIES,
        "test_5_ or test_2_",
    ),
    Mutant(
        "rendering.py",
        "after = match_layout(match_quotes(after, style), gaps)",
        "after = match_quotes(after, style)",
        PROPERTIES,
        "test_2_",
    ),
    Mutant("rendering.py", 'style = "’" if "’" in text else ""', 'style = ""', "test_rendering.py"),
    Mutant(
        "rendering.py", "starts_sentence=reading.start in sentence_starts", "starts_sentence=False", "test_rendering.py"
    ),
    Mutant("rendering.py", "sentence[:SENTENCE_LIMIT]", "sentence", "test_rendering.py"),
    Mutant(
        "rendering.py",
        "stretch = tokens[reading.start : reading.end]",
        "stretch = tokens[reading.start : reading.end + 1]",
        PROPERTIES,
        "test_6_",
    ),
    # --- scoring
    Mutant(
        "scoring.py",
        "weights: Floats = np.log(prior) + total / scale\n    weights -= weights.max()",
        "weights: Floats = prior\n    weights += total / scale\n    weights -= weights.max()",
        PROPERTIES,
        "test_9_",
    ),
    Mutant("scoring.py", "np.maximum(0.0, -gains)", "np.maximum(0.0, gains)", "test_scoring.py"),
    Mutant("scoring.py", "np.exp(weight - peak[arcs.stretch])", "np.exp(weight)", "test_scoring.py"),
    Mutant("scoring.py", "made = np.bincount(swap, posterior)[swap] - posterior", "made = np.bincount(swap, posterior)[swap]", "test_scoring.py"),
    Mutant("scoring.py", "model.unknown_spread * (rows[:, 2] == 0)", "model.unknown_spread * (rows[:, 1] == 0)", "test_scoring.py"),
    # --- references and collation
    Mutant("references.py", "capitals[token.word] += i not in openings", "capitals[token.word] += 1", "test_references.py"),
    Mutant("references.py", "kept[pairing.reference] <= PAIRS_PER_SENTENCE", "kept[pairing.reference] < PAIRS_PER_SENTENCE", "test_references.py"),
    Mutant("references.py", "self.sentence_of[at] == self.sentence_of[at + len(words) - 1]", "True", "test_references.py"),
    Mutant("references.py", '        if "\\n" in gap:\n            inside = False', "        pass", "test_references.py"),
    Mutant("references.py", "return shared / lighter if lighter else 0.0", "return 1.0", "test_references.py"),
    Mutant("alignment.py", "line = np.maximum.accumulate(line + slope) - slope", "pass", "test_collation.py"),
    Mutant("rewording.py", "word not in names and (", "(", "test_collation.py"),
    Mutant("references.py", "LEAST_SCORE = 0.2", "LEAST_SCORE = 0.0", "test_references.py"),
    Mutant("alignment.py", "> fit.best[board.pair[column]] - SLACK", "> 0", "test_collation.py", "best_alignment"),
    Mutant("collation.py", "np.exp(-detour / DETOUR)", "1.0", "test_collation.py", "elsewhere"),
    Mutant("collation.py", "verbatim * collation.repeats[r]", "verbatim", "test_collation.py", "references_vote"),
    Mutant("rewording.py", "amounts(ours) != amounts(theirs) or", "", "test_collation.py", "may_replace"),
    Mutant("repairing.py", "np.maximum(telling, proposed.support.verbatim[edits])", "telling", "test_repairing.py", "tells"),
    Mutant("rewording.py", "PERSONS.intersection(words)) and", "PERSONS.intersection(())) and", "test_collation.py", "may_replace"),
    Mutant("rewording.py", "or near(mine.word, other.word)", "or True", "test_collation.py", "name"),
    Mutant("collation.py", "COPIED, COPIED_SPIN = 0.9, 0.2", "COPIED, COPIED_SPIN = 0.9, 0.9", "test_collation.py", "copy"),
    Mutant("collation.py", "np.where(stands, LEAST_TRUST, 1e-9)", "1e-9", "test_collation.py", "originals_only"),
    Mutant("collation.py", "LIKE, LIKE_IN_QUOTES = (0.4, 0.65)", "LIKE, LIKE_IN_QUOTES = (1.4, 1.65)", "test_collation.py"),
    # --- repairing
    Mutant("repairing.py", "support(lattice, collation, weigh))", "Support.none(len(lattice)))", PROPERTIES, "test_5_"),
    Mutant("repairing.py", "for k, _, _ in picked], proposed.tokens)\n", "for k, _, _ in picked], proposed.tokens)\n        picked, margins = picked[:1], margins[:1]\n", PROPERTIES, "test_3_"),
    Mutant("repairing.py", "if edit.confidence >= bar)", "if edit.confidence >= usual)", PROPERTIES, "test_8_"),
    Mutant(
        "repairing.py", "edits = compose_edits(text, edits, more)", "edits = more", PROPERTIES, "test_3_ or test_5_"
    ),
    Mutant("repairing.py", "and sure[arc] >= bar", "and sure[arc] > 1 - bar", PROPERTIES, "test_5_ or test_8_"),
    Mutant("repairing.py", "* judged.sentences[lattice.sentence]", "", PROPERTIES, "test_4_ or test_3_"),
    Mutant("repairing.py", "not touches(edits, edit.start, edit.end)]", "True]", PROPERTIES, "test_8_"),
    Mutant(
        "repairing.py",
        "prepared = self.trusted(references)\n        usual",
        "prepared = self.trusted(references[:1])\n        usual",
        PROPERTIES,
        "test_7_",
    ),
    Mutant(
        "repairing.py",
        "in lexicon_readings(self.lexicon, tokens, spans) if _clear_of(r, tokens, residue)]",
        "in lexicon_readings(self.lexicon, tokens, spans)]",
        PROPERTIES,
        "test_1_ or test_11_",
    ),
    Mutant("repairing.py", "        model.verify()", "        pass", READERS, "models"),
    Mutant("repairing.py", "if not self.glance.may_be_spun(text):", "if False:", PROPERTIES, "test_11_"),
    # --- glancing, fitting, confidence
    Mutant("glancing.py", "worths[place + 1 : free] = 0.0", "pass", "test_glancing.py"),
    Mutant("glancing.py", "/ (1 + np.exp(", "/ (1 + 0 * np.exp(", "test_glancing.py"),
    Mutant("glancing.py", "forms = (self._inflecting.get((form.lemma, form.pos), 0.0)", "forms = (0.0", "test_glancing.py"),
    Mutant("glancing.py", "np.append(np.arange(0, len(words) - size, STEP), len(words) - size)", "np.array([0])", "test_glancing.py"),
    Mutant("fitting.py", "behind[first + 1 : end + 1] = len(words)", "behind[end] = len(words)", "test_fitting.py"),
    Mutant("fitting.py", "before[first:end] = at", "before[first:end] = at + 1", "test_fitting.py"),
    Mutant("fitting.py", "read | (keeps & inside[lattice.firsts])", "read | keeps", "test_fitting.py"),
    Mutant("confidence.py", "others = arcs[~np.isin(arcs, chosen)]", "others = arcs", "test_confidence.py"),
    Mutant("confidence.py", "np.log(sure / (1 - sure))", "np.log(sure)", "test_confidence.py"),
    Mutant("confidence.py", "counts * (right - found)", "(right - found)", "test_confidence.py"),
    Mutant("repairing.py", "            sure[chosen] = confidences(", "            confidences(", "test_repairing.py", "learnt_confidence"),
    Mutant("repairing.py", "arcs = with_fits(arcs, self.fits(lattice, trellis, scores))", "pass", "test_repairing.py", "context_fits"),
    # --- reports and commands
    Mutant("reporting/results.py", "\\x0b-\\x1f", "\\x0b-\\x1a", HOSTILE, "steer"),
    Mutant(
        "reporting/diff.py",
        "before, after = visible(edit.before), visible(edit.after)",
        "before, after = edit.before, edit.after",
        HOSTILE,
        "steer",
    ),
    Mutant("commands/places.py", "    if read_article(path).text != before:", "    if False:", "test_bad_input.py", "meanwhile"),
    Mutant(
        "commands/console.py",
        'click.echo(f"normalizer: {reporting.visible_line(message)}", err=True)',
        'click.echo(f"normalizer: {message}", err=True)',
        HOSTILE,
        "steer",
    ),
    # --- readers
    Mutant(
        "evaluating/gold.py",
        "    except (ValueError, RecursionError) as error:",
        "    except ZeroDivisionError as error:",
        READERS,
        "finds",
    ),
    Mutant("evaluating/gold.py", 'or not top["cases"]:', ":", READERS, "finds"),
    Mutant("language_model/training/corpora.py", "size >= LONGEST_ARTICLE", "False", READERS, "bomb"),
    Mutant(
        "learning/inputs.py",
        '    except (ValueError, RecursionError) as error:\n        raise InputError(f"{place}: {EXPECTED}, found',
        '    except json.JSONDecodeError as error:\n        raise InputError(f"{place}: {EXPECTED}, found',
        READERS,
        "finds",
    ),
)


def stale() -> list[Mutant]:
    """Return the mutants that can no longer be planted: their line has changed."""
    return [m for m in MUTANTS if (ROOT / "normalizer" / m.file).read_text("utf-8").count(m.old) != 1]


def caught_by_properties(caught: Iterable[Catch]) -> dict[int, list[str]]:
    """Return for each property of the specification the faults that one of its tests noticed first."""
    found: dict[int, list[str]] = defaultdict(list)
    for fault, test in caught:
        if test and (match := re.match(rf"{PROPERTIES}::test_(\d+)_", test)):
            found[int(match[1])].append(fault.shown.rpartition(" (")[0])
    return found


def property_table(caught: Iterable[Catch]) -> str:
    """Return the properties with the faults that they caught."""
    found = caught_by_properties(caught)
    return "\n".join(["| property | catches |", "|---|---|", *(f"| {n} | {f} |" for n in sorted(found) for f in found[n])])


@click.command()
@hunting
def main(rooms: Sequence[str], jobs: int, python: str) -> None:
    """Plant the chosen faults, of each ROOM or of all, and report which test notices each."""
    old = stale()
    for mutant in old:
        click.echo(f"stale, write it anew: {mutant.shown}")
    wanted = [m for m in MUTANTS if m not in old and (not rooms or room(m) in rooms)]
    caught = hunt(wanted, jobs, python)
    conclude(caught, CORE, lambda: property_table(caught))


if __name__ == "__main__":
    main()
