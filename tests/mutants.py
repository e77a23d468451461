"""Planted faults: each breaks one line, and one property or test must notice.

    python -m tests.mutants [ROOM]... [--jobs N]

copies the tree to a temporary folder, plants one fault at a time there, and runs the tests that should fail. The
working tree is never touched: tests run in the copy, with HOME and the temporary folder inside it, and as an
unprivileged user where the caller is root, so that a fault in writing files cannot reach a device. Prints a table and
the survivors; exit code 1 if fewer than 85 % of a core room's faults are noticed.
"""

import argparse
import os
import shutil
import site
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
TREES = ("normalizer", "lexicons", "tests", "seeds", "pyproject.toml")
FLOOR = 0.85
CORE = ("tokens", "edits", "lattice", "decoding", "proposals", "rendering", "repairing", "surface", "verdicts")
NOBODY = 65534
EXAMPLES = "0.5"  # of the usual examples: a fault should be noticed without luck


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
    def room(self) -> str:
        """The room of the file."""
        return self.file.split("/")[0].removesuffix(".py")


PROPERTIES, HOSTILE, READERS = "test_properties.py", "test_hostile.py", "test_readers.py"

MUTANTS = (
    # --- tokens
    Mutant("tokens.py", "m.start(), m.end(), fold(", "m.start(), m.end() - 1, fold(", HOSTILE, "offsets"),
    Mutant("tokens.py", ".lower().translate(PLAIN)", ".translate(PLAIN)", HOSTILE, "alike"),
    Mutant("tokens.py", 'normalize("NFC"', 'normalize("NFD"', "test_tokens.py"),
    Mutant("tokens.py", "{1,63}+(?:", "{1,}(?:", HOSTILE, "linear_time or backtracks"),
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
        "edits.py",
        "        if (found := fingerprint(text)) != self.source_sha256:",
        "        if False:",
        "test_edits.py",
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
        "edits.py",
        "except (ValueError, RecursionError) as error:\n        _reject",
        "except ValueError as error:\n        _reject",
        READERS,
        "finds",
    ),
    Mutant("edits.py", "    if end > length:", "    if False:", "test_edits.py"),
    Mutant("edits.py", "not abs(value) <= sys.float_info.max", "not abs(value) <= float('inf')", "test_edits.py"),
    # --- articles
    Mutant("residue.py", "edits[at].start < end", "edits[at].start <= end", "test_residue.py", "touching"),
    Mutant("residue.py", "bisect_right(edits, start, key=lambda edit: edit.end)", "0", "test_residue.py", "touching"),
    Mutant("residue.py", "if plain and not named and len(braces)", "if not named and len(braces)", "test_residue.py"),
    Mutant(
        "residue.py", "if found and not (rule.unless and rule.unless.search(text)):", "if found:", "test_residue.py"
    ),
    Mutant(
        "articles.py", 'return data.decode("utf-8")\n', 'return data.decode("utf-8-sig")\n', "test_articles.py", "bytes"
    ),
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
        PROPERTIES,
        "test_5_",
    ),
    Mutant("lexicon/entries.py", "    if not 0 <= value < 1e9:", "    if value < 0:", READERS, "damaged or number"),
    Mutant("lexicon/entries.py", "not RANK.fullmatch(source[6:])", "not source[6:].isdecimal()", READERS, "finds"),
    Mutant(
        "lexicon/files.py",
        "except (OSError, ValueError) as error:",
        "except OSError as error:",
        "test_bad_input.py",
        "lexicon",
    ),
    # --- proposals
    Mutant("proposals.py", "    if phrase not in known:", "    if True:", PROPERTIES, "test_10_time and 128"),
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
        "test_repairing.py",
        "partly or clean",
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
    Mutant("rendering.py", "if after != text[start:end]:", "if True:", PROPERTIES, "test_2_ or test_3_"),
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
    # --- references
    Mutant("references.py", "LEAST_SCORE = 0.2", "LEAST_SCORE = 0.0", "test_references.py"),
    Mutant("alignment.py", "> fit.best[board.pair[column]] - SLACK", "> 0", "test_collation.py", "best_alignment"),
    Mutant("rewording.py", "PERSONS.intersection(words)) and", "PERSONS.intersection(())) and", "test_collation.py", "may_replace"),
    Mutant("rewording.py", "or near(mine.word, other.word)", "or True", "test_collation.py", "name"),
    Mutant("collation.py", "COPIED, COPIED_SPIN = 0.9, 0.2", "COPIED, COPIED_SPIN = 0.9, 0.9", "test_collation.py", "copy"),
    Mutant("collation.py", "np.where(stands, LEAST_TRUST, 1e-9)", "1e-9", "test_collation.py", "originals_only"),
    Mutant("collation.py", "LIKE, LIKE_IN_QUOTES = (0.4, 0.65)", "LIKE, LIKE_IN_QUOTES = (1.4, 1.65)", "test_collation.py"),
    # --- repairing
    Mutant("repairing.py", "REREADINGS = 4", "REREADINGS = 0", PROPERTIES, "test_3_"),
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
        "if _clear_of(r, tokens, residue)]\n        grammar",
        "]\n        grammar",
        PROPERTIES,
        "test_1_ or test_11_",
    ),
    Mutant("repairing.py", "        model.verify()", "        pass", READERS, "models"),
    Mutant("repairing.py", "if not self.may_be_spun(page):", "if False:", PROPERTIES, "test_11_"),
    # --- reports and commands
    Mutant("reporting/results.py", "\\x0b-\\x1f", "\\x0b-\\x1a", HOSTILE, "steer"),
    Mutant(
        "reporting/diff.py",
        "before, after = visible(edit.before), visible(edit.after)",
        "before, after = edit.before, edit.after",
        HOSTILE,
        "steer",
    ),
    Mutant("cli.py", "    if read_article(path).text != before:", "    if False:", "test_bad_input.py", "meanwhile"),
    Mutant(
        "cli.py",
        'click.echo(f"normalizer: {reporting.visible(message)}", err=True)',
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
    Mutant("language_model/corpora.py", "size >= LONGEST_ARTICLE", "False", READERS, "bomb"),
    Mutant(
        "learning/inputs.py",
        '    except (ValueError, RecursionError) as error:\n        raise InputError(f"{place}: {EXPECTED}, found',
        '    except json.JSONDecodeError as error:\n        raise InputError(f"{place}: {EXPECTED}, found',
        READERS,
        "finds",
    ),
)


def copy_tree(target: Path) -> None:
    """Copy what tests need to *target*, and give it to the unprivileged user."""
    for name in TREES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target / name)
    (target / "tmp").mkdir()
    if os.geteuid() == 0:
        target.chmod(0o755)
        for path in (target, *target.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def run_tests(python: str, tree: Path, test: str, keyword: str) -> bool:
    """Say whether the chosen tests pass in *tree*; a run of ten minutes has not."""
    command = [python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/{test}"]
    command += ["-k", keyword] if keyword else []
    inside = {
        "HOME": str(tree),
        "TMPDIR": str(tree / "tmp"),
        "PYTHONPATH": os.pathsep.join([str(tree), *site.getsitepackages()]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        result = subprocess.run(
            [*command, "-m", "not slow"],
            cwd=tree,
            env={"PATH": os.environ["PATH"], "NORMALIZER_EXAMPLES": EXAMPLES, **inside},
            user=NOBODY if os.geteuid() == 0 else None,
            group=NOBODY if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=600,
        )
    except subprocess.TimeoutExpired:
        return False
    except PermissionError:
        raise SystemExit(f"the unprivileged user cannot run {python}: name another with --python") from None
    if result.returncode in (4, 5):  # a wrong keyword would look like a noticed fault
        raise SystemExit(f"tests/{test} -k {keyword!r}: no test was run")
    return result.returncode == 0


def is_noticed(python: str, mutant: Mutant, trees: "Queue[Path]") -> bool:
    """Plant *mutant* in a free copy, run its tests, and mend the copy."""
    tree = trees.get()
    path = tree / "normalizer" / mutant.file
    whole = path.read_text("utf-8")
    try:
        path.write_text(whole.replace(mutant.old, mutant.new), "utf-8")
        return not run_tests(python, tree, mutant.test, mutant.keyword)
    finally:
        path.write_text(whole, "utf-8")
        trees.put(tree)


def stale() -> list[Mutant]:
    """Return the mutants that can no longer be planted: their line has changed."""
    return [m for m in MUTANTS if (ROOT / "normalizer" / m.file).read_text("utf-8").count(m.old) != 1]


def table(noticed: Sequence[tuple[Mutant, bool]]) -> str:
    """Return the share of faults noticed per room, and the survivors."""
    rooms: dict[str, list[bool]] = defaultdict(list)
    for mutant, seen in noticed:
        rooms[mutant.room].append(seen)
    lines = ["| room | faults | noticed |", "|---|---|---|"]
    lines += [f"| {room} | {len(found)} | {sum(found)} |" for room, found in rooms.items()]
    for m in (mutant for mutant, seen in noticed if not seen):
        lines.append(f"survivor: {m.file}: {m.old!r} -> {m.new!r} ({m.test} -k {m.keyword!r})")
    return "\n".join(lines)


def weak_rooms(noticed: Iterable[tuple[Mutant, bool]]) -> list[str]:
    """Return the core rooms below the floor."""
    rooms: dict[str, list[bool]] = defaultdict(list)
    for mutant, seen in noticed:
        rooms[mutant.room].append(seen)
    return [room for room, found in rooms.items() if room in CORE and sum(found) < FLOOR * len(found)]


def hunt(mutants: Sequence[Mutant], jobs: int, python: str) -> list[tuple[Mutant, bool]]:
    """Return which of *mutants* are noticed, after making sure that the tests pass without any."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        Path(folder).chmod(0o755)
        trees: Queue[Path] = Queue()
        for number in range(jobs):
            tree = Path(folder) / str(number)
            tree.mkdir()
            copy_tree(tree)
            trees.put(tree)
        first = trees.get()
        for test in sorted({mutant.test for mutant in mutants}):
            if not run_tests(python, first, test, ""):
                raise SystemExit(f"tests/{test} fails without any planted fault")
        trees.put(first)
        with ThreadPoolExecutor(jobs) as pool:
            return list(zip(mutants, pool.map(lambda mutant: is_noticed(python, mutant, trees), mutants), strict=True))


def main() -> None:
    """Hunt and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=main.__doc__)
    parser.add_argument("rooms", nargs="*", help="only the faults of these rooms")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that the unprivileged user may run")
    options = parser.parse_args()
    old = stale()
    for mutant in old:
        print(f"stale, write it anew: {mutant.file}: {mutant.old!r}")
    noticed = hunt(
        [m for m in MUTANTS if m not in old and (not options.rooms or m.room in options.rooms)],
        options.jobs,
        options.python,
    )
    print(table(noticed))
    if weak := weak_rooms(noticed):
        raise SystemExit(f"below {FLOOR:.0%}: {', '.join(weak)}")


if __name__ == "__main__":
    main()
