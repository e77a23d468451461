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
    "edits", "plans", "files", "articles", "formats", "protection", "tokens", "surface", "prose", "residue", "ragged", "lexicon", "weights", "pages", "glancing",
    "references", "proposals", "lattice", "graphs", "features", "fitting", "testimony", "inference", "verdicts", "confidence", "synonyms",
    "rendering", "reading", "explaining", "repairing", "reporting", "choosing", "reviewing",
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
COMPILED = "test_compiled.py"
REPORTING, CORPUS = "test_reporting.py", "test_corpus_page.py"
EXPLAINING, CHOOSING = "test_explaining.py", "test_choosing.py"

MUTANTS = (
    # --- tokens
    Mutant(
        "tokens.py",
        "spans = [match.span() for match",
        "spans = [(match.start(), match.end() - 1) for match",
        HOSTILE,
        "offsets",
    ),
    Mutant("tokens.py", "folded = folded.translate(PLAIN)", "pass", HOSTILE, "alike"),
    Mutant("tokens.py", "usual.end() == end else", "usual.end() < end else", "test_tokens.py"),
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
        "plans/plan.py",
        "        if (found := fingerprint(text_of(text))) != self.source_sha256:",
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
        "plans/reading.py",
        "except (ValueError, RecursionError) as error:\n        _reject",
        "except ValueError as error:\n        _reject",
        READERS,
        "finds",
    ),
    Mutant("plans/reading.py", "    if end > length:", "    if False:", "test_plans.py"),
    Mutant(
        "plans/reading.py", "not abs(value) <= sys.float_info.max", "not abs(value) <= float('inf')", "test_plans.py"
    ),
    # --- articles
    Mutant("residue.py", "edits[at].start < end", "edits[at].start <= end", "test_residue.py", "touching"),
    Mutant("residue.py", "bisect_right(edits, start, key=lambda edit: edit.end)", "0", "test_residue.py", "touching"),
    Mutant("residue.py", "if plain and not named and len(braces)", "if not named and len(braces)", "test_residue.py"),
    Mutant(
        "residue.py", "if found and not (rule.unless and rule.unless.search(text)):", "if found:", "test_residue.py"
    ),
    Mutant("files.py", 'text = data.decode("utf-8")\n', 'text = data.decode("utf-8-sig")\n', "test_files.py"),
    Mutant("files.py", "            return _exact(data, name, encoding)", "            pass", "test_files.py"),
    Mutant("files.py", "    if (declared := _declared(data)) is not None:", "    if False:", "test_files.py"),
    Mutant("files.py", "and not _is_alive(int(number))", "", "test_files.py", "killed"),
    # --- formats
    Mutant(
        "formats/segments.py", "            yield None if piece.closed else", "            yield", "test_formats.py"
    ),
    Mutant(
        "formats/segments.py", 'if text == wanted or (wanted == " "', "if text == wanted or (False", "test_formats.py"
    ),
    Mutant("formats/html.py", " and piece.text not in plain", "", "test_formats.py"),
    Mutant("formats/html.py", 'if char in "&<" or char == quote:', 'if char in "&<":', "test_formats.py"),
    Mutant("formats/records.py", "            key = not lists[-1]", "            key = True", "test_formats.py"),
    Mutant("formats/records.py", "ensure_ascii=ascii_only", "ensure_ascii=True", "test_formats.py"),
    Mutant("formats/table.py", "return text.replace(QUOTE, QUOTE * 2)", "return text", "test_formats.py"),
    Mutant(
        "formats/__init__.py",
        "PAGE_PART.match(head) and suffix not in MARKDOWN",
        "PAGE_PART.match(head)",
        "test_formats.py",
    ),
    # --- protection
    Mutant("protection.py", "exact = phrase != phrase.lower()", "exact = True", "test_protection.py"),
    Mutant("protection.py", "edits[done].end <= start", "edits[done].end < start", "test_protection.py"),
    Mutant(
        "repairing.py",
        "        kept = moved(self._with_kept(job).kept, edits)",
        "        kept = ()",
        "test_protection.py",
    ),
    Mutant("reading.py", "if not overlaps(job.kept, edit.start, edit.end)", "", "test_protection.py"),
    # --- prose
    Mutant(
        "prose/__init__.py",
        "        while at < len(tokens) and tokens[at].start < high:",
        "        while at < len(tokens) and tokens[at].end < high:",
        "test_prose.py",
        "in_order or no_word or seen_through",
    ),
    Mutant(
        "prose/seams.py",
        "if all(knows(part.word) for part in parts):",
        "if any(knows(part.word) for part in parts):",
        "test_prose.py",
        "seen_through",
    ),
    Mutant(
        "prose/seams.py",
        "    while (shown := html.unescape(entity)) != entity and ENTITY.fullmatch(shown):",
        "    while (shown := html.unescape(entity)) != entity and False:",
        "test_prose.py",
        "seen_through",
    ),
    Mutant(
        "prose/languages.py", "proof + accents // 2 > english", "proof + accents // 2 > 0", "test_prose.py", "languages"
    ),
    Mutant(
        "prose/scripts.py",
        "if not open_pairs or open_pairs.pop() != letter:",
        "if not open_pairs or not open_pairs.pop():",
        "test_prose.py",
        "statement",
    ),
    Mutant(
        "prose/blocks.py",
        "return found >= LEAST_FIGURES and 2 * found >= len(cells)",
        "return found >= LEAST_FIGURES",
        "test_prose.py",
        "most_cells",
    ),
    Mutant(
        "prose/names.py",
        "    if sum(upper) > small and tokens[-1].text[0] not in STOPS:",
        "    if False:",
        "test_prose.py",
        "names",
    ),
    Mutant(
        "pages.py",
        "united([*((edit.start, edit.end) for edit in page.residue), *page.kept])",
        "united([*((edit.start, edit.end) for edit in page.residue)])",
        "test_prose.py",
        "batch",
    ),
    Mutant(
        "rendering.py",
        "    return start if touches(page.residue, first, start) else first",
        "    return start",
        "test_rendering.py",
        "blank",
    ),
    Mutant("rendering.py", "choice.margin >= SURE_OF_NAME", "choice.margin >= -99", "test_rendering.py", "name"),
    Mutant("files.py", "        temporary.unlink(missing_ok=True)", "        pass", "test_files.py"),
    Mutant("files.py", "    os.fsync(file.fileno())", "    pass", "test_files.py"),
    Mutant(
        "articles.py",
        "rest = rest[_taken(sys.stdout.buffer.write(rest)) :]",
        "rest = rest[len(rest) * _taken(sys.stdout.buffer.write(rest)) :]",
        "test_articles.py",
    ),
    Mutant(
        "files.py",
        "target = Path(os.path.realpath(path))\n    if target.is_dir():\n        raise",
        "target = Path(path)\n    if target.is_dir():\n        raise",
        "test_files.py",
    ),
    # --- corpus
    *(
        Mutant(f"corpus/{file}.py", old, new, "test_corpus_records.py")
        for file, old, new in (
            ("fields", "if FIRST_DAY <= value <= LAST_DAY else", "if False else"),
            ("fields", "and len(text) != 14", ""),
            ("fields", '.removeprefix("www.")', ""),
            ("fields", "markup=html.is_fragment(content)", "markup=False"),
            ("fields", "if record.get(field) is not None:", "if field in record:"),
            ("records", "if edits and edits[-1].end == low:", "if False:"),
            ("records", "self.content[: len(self.content) - len(self.segment.text)] + text", "text"),
            (
                "packing",
                "            data, inflater, lost = data[1:] or file.read(size), None, True\n            continue",
                "            return",
            ),
            ("packing", "    if inflater is not None:\n        damage", "    if False:\n        damage"),
            ("packing", "GZIP_LEVEL, file, mtime=0)", "GZIP_LEVEL, file)"),
            ("packing", "inflater.unused_data if ended else", "b'' if ended else"),
            ("packing", '.strip(b"\\0") and not lost', " and not lost"),
            ("lines", "line = file.readline(limit + 1)", "line = file.readline()"),
            ("lines", "            while line and not line.endswith", "            while False and not line.endswith"),
            ("lines", "if line.startswith(WIDE):", "if False:"),
            ("lines", "if value.path == keys][-1]", "if value.path == keys][0]"),
            ("lines", "data if self.ended else", "data if True else"),
            ("lines", "        if new != content:", "        if True:"),
            ("lines", "return own[-1].start, own[-1].end, written", "return own[0].start, own[0].end, written"),
            ("lines", "ensure_ascii=line.isascii()", "ensure_ascii=False"),
            (
                "lines",
                "    except (ValueError, RecursionError) as error:\n        raise",
                "    except ValueError as error:\n        raise",
            ),
            (
                "tables",
                "number, first = first, first + table.metadata",
                "number, first = first, number + table.metadata",
            ),
            ("tables", "        if number <= self.last:", "        if False:"),
            ("tables", "mask=column.is_null()", "mask=None"),
            ("tables", "column = pa.compute.coalesce(column, table.column(index))", "pass"),
            ("tables", "elif isinstance(text, str) and len(text) > limit:", "elif False:"),
            ("archives", 'size + 1] in (b"", b', 'size + 1] not in (b"x", b'),
            ("archives", "GOOD_STATUS.match(block) and", ""),
            ("archives", "        if window.skip(size) < size:", "        if False:"),
            ("archives", 'for encoding in ("utf-8", charset[1] if charset else ""):', 'for encoding in ("utf-8",):'),
            ("archives", "(100 if len(self.seen) >= HEAD else 0)", "0"),
            ("pages", 'entry.name[0] == "." or entry.name.endswith(NOTE)', 'entry.name[0] == "."'),
            ("pages", "            beside.unlink(missing_ok=True)", "            pass"),
            ("pages", "start=front_matter(article.text) or 0", "start=0"),
            (
                "sources",
                "found.setdefault(os.path.realpath(source.path), source)",
                "found[source.path + str(len(found))] = source",
            ),
            ("sources", '"" if head else packed)', "packed)"),
            ("sinks", "if str(real) in files or any(", "if any("),
            ("sinks", "any(real.is_relative_to(folder) for folder in folders)", "False"),
            (
                "sinks",
                "        with suppress(Exception):  # what it would write is thrown away\n            sink.finish()\n        closing.__exit__(*sys.exc_info())",
                "        closing.close()",
            ),
            ("sinks", "ORDER BY file, number, reason", ""),
            ("sinks", "            if kind is None:\n                self._write()", "            self._write()"),
        )
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
    Mutant("surface.py", '"is", "men", "x")', '"is", "men")', "test_surface.py", "unknown_noun"),
    # --- lexicon
    Mutant(
        "lexicon/compiling.py",
        "    if folded[left:right] == stretch[start:end]:\n        return None",
        "    if False:\n        return None",
        "test_proposals.py",
    ),
    Mutant(
        "lexicon/compiling.py",
        "    if clings(text) != clings(stretch[start]):",
        "    if False:",
        "test_proposals.py",
        "clitic",
    ),
    Mutant(
        "lexicon/compiling.py",
        "return Row(guard, start, len(stretch) - end, text)",
        "return Row(guard, start, start, text)",
        "test_proposals.py",
    ),
    Mutant("lexicon/compiling.py", "for tag in tags:", "for tag in tags[:0]:", "test_proposals.py"),
    Mutant(
        "lexicon/compiling.py",
        "np.maximum(0.0, _by_word(inflected, ids))",
        "np.maximum(0.0, _by_word(single, ids))",
        "test_glancing.py",
        "inflected",
    ),
    Mutant(
        "lexicon/compiled.py", "self._class(word) | (1 + int", "0 * self._class(word) | (1 + int", "test_lexicon.py"
    ),
    Mutant("lexicon/packed.py", "{path.name} {len(content)} ", "{len(content)} ", COMPILED, "renamed"),
    Mutant("lexicon/packed.py", "        digest.update(content)\n", "", COMPILED, "changed_a_new"),
    Mutant("lexicon/packed.py", "{FORMAT} {' '.join(models)} ", "{FORMAT} ", COMPILED, "another_model"),
    Mutant("lexicon/packed.py", "        if not trusted:\n            file.verify()\n", "", COMPILED, "damaged"),
    Mutant(
        "lexicon/packed.py",
        '        if file.facts.get("key") != key:\n            return None\n',
        "",
        COMPILED,
        "same_key",
    ),
    Mutant(
        "lexicon/packed.py",
        "    except ModelError:  # cut",
        "    except ZeroDivisionError:  # cut",
        COMPILED,
        "damaged",
    ),
    Mutant(
        "lexicon/packed.py",
        "        return _lexicon_of, (self.file,)",
        "        return super().__reduce__()",
        COMPILED,
        "pickled",
    ),
    Mutant(
        "lexicon/packed.py",
        "    except OSError as error:\n        warnings",
        "    except ZeroDivisionError as error:\n        warnings",
        COMPILED,
        "cannot_be_written",
    ),
    Mutant("lexicon/packed.py", "if unchanged() else lexicon", "", COMPILED, "changes_while"),
    Mutant("lexicon/__init__.py", "    if _key(models, extra) != key:\n", "    if False:\n", COMPILED, "changes_while"),
    Mutant("lexicon/__init__.py", "path.is_file() and os.access(path, os.R_OK)", "True", COMPILED, "pipe"),
    Mutant(
        "lexicon/__init__.py",
        "content_key([*shipped_files(), *behind, *extra]",
        "content_key([*shipped_files(), *behind]",
        COMPILED,
        "ones_own",
    ),
    Mutant("lexicon/__init__.py", "None if anew else known_lexicon(key)", "known_lexicon(key)", COMPILED, "command"),
    Mutant(
        "language_model/packed.py",
        "        Path(name).replace(path)\n",
        "        path.write_bytes(content)\n        Path(name).replace(path)\n",
        COMPILED,
        "killed",
    ),
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
    Mutant(
        "proposals.py",
        "(first[page] + size <= start) | (last[page] >= end)",
        "(first[page] <= start) | (last[page] >= end)",
        "test_proposals.py",
    ),
    Mutant("proposals.py", "rank < READINGS_PER_STRETCH", "rank < 1", "test_proposals.py"),
    Mutant("proposals.py", "result &= before[end] == before[start]", "pass", "test_proposals.py"),
    Mutant("proposals.py", "inside = end < last[start]", "inside = end < len(words)", "test_proposals.py", "sentences"),
    Mutant(
        "proposals.py",
        "    kept = ~withheld(batch, start, end)\n    start",
        "    kept = np.ones(len(start), dtype=np.bool_)\n    start",
        "test_proposals.py",
        "residue",
    ),
    Mutant(
        "proposals.py",
        "return unproven(start, start + 1, wording, GRAMMAR)",
        "return unproven(start + 1, start + 2, wording, GRAMMAR)",
        "test_proposals.py",
    ),
    Mutant(
        "proposals.py",
        " & (batch.page_of[start] == batch.page_of[start - 1])",
        "",
        "test_proposals.py",
        "article_of_another",
    ),
    Mutant(
        "proposals.py", "(key[1:] != key[:-1]) | (entry[1:] != entry[:-1])", "(key[1:] == key[1:])", "test_proposals.py"
    ),
    # --- lattice, graphs, inference
    Mutant(
        "lattice.py",
        "level, until = first - begins + 1, end - begins + 1",
        "level, until = first - begins + 1, first - begins + 2",
        "test_lattice.py",
    ),
    Mutant("lattice.py", "until[len(first) - sentences :] += 1", "pass", "test_lattice.py"),
    Mutant("lattice.py", "np.lexsort((reading, level", "np.lexsort((-reading, level", "test_lattice.py"),
    Mutant("lattice.py", "self._offsets, self.size)):", "self._offsets, 0)):", "test_lattice.py"),
    Mutant("ragged.py", "np.repeat(starts - before, counts)", "np.repeat(starts, counts)", "test_ragged.py"),
    Mutant(
        "ragged.py",
        "np.minimum(np.searchsorted(table, keys), len(table) - 1)",
        "np.minimum(np.searchsorted(table, keys, 'right'), len(table) - 1)",
        "test_ragged.py",
    ),
    Mutant(
        "graphs.py",
        "reversed(list(_steps(graph.level_inner, graph.out_of)))",
        "list(_steps(graph.level_inner, graph.out_of))",
        "test_graphs.py",
    ),
    Mutant(
        "graphs.py", "best[low:high] = np.minimum.reduceat", "best[low:high] = np.maximum.reduceat", "test_graphs.py"
    ),
    Mutant(
        "graphs.py",
        "peaks = np.maximum.reduceat(values, heads)\n    values -= ",
        "peaks = np.minimum.reduceat(values, heads) - 800\n    values -= ",
        "test_graphs.py",
    ),
    Mutant("graphs.py", "ahead = edges[graph.leaving] + nodes[targets]", "ahead = nodes[targets]", "test_graphs.py"),
    Mutant("graphs.py", "good = reached[left] & leads[right]", "good = reached[left]", "test_graphs.py"),
    Mutant(
        "graphs.py",
        'order = np.argsort(graph.groups[graph.ends], kind="stable")',
        "order = np.arange(len(graph.ends))[::-1]",
        "test_graphs.py",
    ),
    Mutant(
        "inference.py",
        "np.where(words.before_last[b] >= 0, words.before_last[b], ",
        "np.where(False, 0, ",
        "test_inference.py",
    ),
    Mutant("inference.py", "always = lattice.reading < 0 if", "always = lattice.reading < -1 if", "test_inference.py"),
    Mutant("inference.py", "        if number == 1:\n", "        if True:\n", "test_inference.py"),
    Mutant("inference.py", "    features.reset()\n", "", "test_inference.py"),
    Mutant(
        "inference.py", "scores[repairs] < kept - MOST_LOSS", "scores[repairs] < kept", "test_inference.py", "far_worse"
    ),
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
    Mutant("rendering.py", "    if after == before:\n        return None\n", "", "test_rendering.py"),
    Mutant("rendering.py", "    if len(stretch) > 1:\n", "    if False:\n", PROPERTIES, "test_2_"),
    Mutant("rendering.py", 'style = "’" if "’" in page.text else ""', 'style = ""', "test_rendering.py"),
    Mutant("rendering.py", "starts_sentence=starts_sentence)", "starts_sentence=False)", "test_rendering.py"),
    Mutant(
        "rendering.py",
        "text, stretch = page.text, page.tokens[choice.start : choice.end]",
        "text, stretch = page.text, page.tokens[choice.start : choice.end + 1]",
        PROPERTIES,
        "test_6_",
    ),
    Mutant(
        "rendering.py",
        "behind = np.minimum(2, last[sentence] - high)",
        "behind = np.minimum(0, last[sentence] - high)",
        "test_repairing.py",
        "margin",
    ),
    Mutant("testimony.py", "reference.sentence(at)[:SENTENCE_LIMIT]", "reference.sentence(at)", "test_rendering.py"),
    Mutant(
        "rendering.py",
        "after), stretch[-1].end",
        "after), stretch[0].end",
        PROPERTIES,
        "test_5_ or test_2_",
    ),
    # --- thesaurus, synonyms and what they show
    Mutant(
        "lexicon/__init__.py",
        "shipped_files(), *behind, *extra]",
        "shipped_files(), *extra]",
        "test_thesaurus.py",
        "cache",
    ),
    Mutant("lexicon/thesaurus.py", "set(found) != set(LOGIT_SIGNS)", "False", "test_thesaurus.py", "damaged"),
    Mutant(
        "lexicon/thesaurus.py",
        "min(relations) > 0 and max(relations) < 1 << len(RELATIONS)",
        "max(relations) < 1 << 8",
        "test_thesaurus.py",
        "damaged",
    ),
    Mutant(
        "lexicon/thesaurus.py",
        "ValueError, RecursionError, lzma.LZMAError",
        "RecursionError, lzma.LZMAError",
        "test_thesaurus.py",
        "damaged",
    ),
    Mutant(
        "lexicon/thesaurus.py", "spun - originals + 2.0", "spun - originals - 2.0", "test_thesaurus.py", "definition"
    ),
    Mutant(
        "lexicon/thesaurus.py",
        "segment_sums(np.exp(total), starts)",
        "np.maximum.reduceat(np.exp(total), starts[:-1])",
        "test_thesaurus.py",
        "log_probabilities",
    ),
    Mutant("lexicon/thesaurus.py", "if len(words) <= LONGEST", "if words", "test_thesaurus.py", "longer"),
    Mutant(
        "lexicon/thesaurus.py",
        "table[number, tag] = ids[word] + 1",
        "table[number, 0] = ids[word] + 1",
        "test_thesaurus.py",
        "columns",
    ),
    Mutant(
        "learning/synonyms.py",
        '"hypernym": ("broader", "narrower")',
        '"hypernym": ("narrower", "broader")',
        "test_thesaurus.py",
        "hyponym",
    ),
    Mutant("learning/synonyms.py", "entry.family in OF_THESAURUS_SPINNERS and ", "", "test_thesaurus.py", "counted"),
    Mutant(
        "learning/synonyms.py",
        'np.argsort(-scores, kind="stable")',
        'np.argsort(scores, kind="stable")',
        "test_thesaurus.py",
        "",
    ),
    Mutant(
        "synonyms/relatives.py",
        "np.arange(count) + size <= last",
        "np.arange(count) < last",
        "test_synonyms.py",
        "thesaurus_inflected",
    ),
    Mutant("synonyms/relatives.py", "batch.lower & open_ & (batch", "open_ & (batch", "test_synonyms.py", "capital"),
    Mutant(
        "synonyms/relatives.py",
        "readings.strength[own].max(axis=1, initial=0.0)",
        "readings.strength[own].min(axis=1, initial=0.0)",
        "test_synonyms.py",
        "lexicon",
    ),
    Mutant(
        "synonyms/context.py",
        "np.append(-1, words)[:-1], np.append((-1, -1), words)[:-2]",
        "np.append(-1, words[:-1]), np.append((-1, -1), words)[:-2]",
        "test_synonyms.py",
        "nothing",
    ),
    Mutant(
        "synonyms/context.py",
        "confidences[path] < SETTLED",
        "confidences[path] > SETTLED",
        "test_synonyms.py",
        "taken_back",
    ),
    Mutant(
        "synonyms/context.py",
        "rest = np.where(right == END_ID, -1,",
        "rest = np.where(right == START_ID, -1,",
        "test_synonyms.py",
        "word_by_word",
    ),
    Mutant(
        "synonyms/context.py",
        "np.where(left == START_ID, -1, stream",
        "np.where(left == END_ID, -1, stream",
        "test_synonyms.py",
        "word_by_word",
    ),
    Mutant("synonyms/context.py", "high + 1, high + 2)", "high + 2, high + 2)", "test_synonyms.py", "word_by_word"),
    Mutant(
        "synonyms/places.py",
        "odds / (1.0 + np.bincount(self.of, odds)[self.of])",
        "odds / np.bincount(self.of, odds)[self.of]",
        "test_synonyms.py",
        "share_one",
    ),
    Mutant(
        "synonyms/places.py",
        "rest = total[self.page] - mean[self.form]",
        "rest = total[self.page]",
        "test_synonyms.py",
        "signs_of_a_page",
    ),
    Mutant(
        "synonyms/places.py",
        "[self.form] - odds) / np.maximum",
        "[self.form]) / np.maximum",
        "test_synonyms.py",
        "signs_of_a_page",
    ),
    Mutant(
        "synonyms/weighing.py", "swapped / places.standing, minlength", "swapped, minlength", "test_synonyms.py", "once"
    ),
    Mutant(
        "synonyms/weighing.py",
        "result += weights.get(name, 0.0) * sign",
        "result += weights.get(name, 0.0) * sign + 1e-12 * len(sign)",
        "test_synonyms.py",
        "side_by_side",
    ),
    Mutant(
        "synonyms/signs.py",
        "key = (batch.page_of.astype(np.int64) << WORD_BITS) | (batch.words & WORD_MASK)",
        "key = (batch.page_of.astype(np.int64) * 0 << WORD_BITS) | (batch.words & WORD_MASK)",
        "test_synonyms.py",
        "",
    ),
    Mutant(
        "synonyms/weighing.py",
        "if asked is None or not weights:",
        "if asked is None:",
        "test_synonyms.py",
        "without_weights",
    ),
    Mutant(
        "synonyms/weighing.py", "best[self.posteriors[best] > rival]", "best[rival < 2]", "test_synonyms.py", "overlap"
    ),
    Mutant(
        "synonyms/weighing.py",
        "self.posteriors[best] > rival",
        "self.posteriors[best] >= rival",
        "test_synonyms.py",
        "overlap",
    ),
    Mutant("synonyms/weighing.py", "return best, ~lost", "return best, ~lost | True", "test_synonyms.py", "overlap"),
    Mutant("learning/weighing.py", "tokens[e - 1].end", "tokens[s].end", "test_synonyms.py", "gold"),
    Mutant(
        "verdicts.py", "* telling / repeats, minlength", "* telling, minlength", "test_verdicts.py", "again or one_sign"
    ),
    Mutant(
        "verdicts.py",
        "1.0 / np.bincount(key)[key], minlength",
        "np.ones(len(key)), minlength",
        "test_verdicts.py",
        "again or definition",
    ),
    Mutant(
        "verdicts.py",
        "form = numbered(np.stack((lattice.page[repairs].astype(np.uint64), stretches)))",
        "form = numbered(np.stack((stretches, stretches)))",
        "test_verdicts.py",
        "alone",
    ),
    Mutant(
        "verdicts.py",
        "own = weights.get(kind)",
        'own = weights.get("synonym")',
        "test_verdicts.py",
        "regression",
    ),
    Mutant(
        "verdicts.py",
        "_log_odds(self.states[sentence]), self.known, self.unknown",
        "_log_odds(self.states[sentence]), self.unknown, self.known",
        "test_verdicts.py",
        "regression",
    ),
    Mutant(
        "verdicts.py",
        "return confidence * shown.states[sentence]",
        "return confidence * (1.0 - shown.states[sentence])",
        "test_verdicts.py",
        "multiplied or likely",
    ),
    Mutant(
        "rendering.py",
        "base = batch.token_offsets[batch.page_of[found.start[relatives]]]",
        "base = batch.token_offsets[0]",
        "test_rendering.py",
        "own_page",
    ),
    Mutant("rendering.py", "if relation >> bit & 1]", "if relation >> bit]", "test_rendering.py", "report"),
    # --- whole scrapes
    Mutant(
        "corpus/comparing.py",
        "self.gain >= LEAST_GAIN and self.gain * self.swaps >= LEAST_TOTAL",
        "True",
        "test_corpus.py",
        "told_from_its_original",
    ),
    Mutant(
        "corpus/sinks.py", "replace(source, packed=packed)", "source", "test_corpus_records.py", "packed_as_its_name"
    ),
    Mutant(
        "corpus/sinks.py",
        "if FORMATS.get(kind) != FORMATS[source.kind]:",
        "if False:",
        "test_corpus_records.py",
        "name_of_another_kind",
    ),
    Mutant("corpus/comparing.py", "not token.text.islower() or ", "", "test_corpus.py", "names_and_numbers"),
    Mutant("corpus/comparing.py", "np.sign(signed) * logs", "logs", "test_corpus.py", "told_from_its_original"),
    Mutant(
        "corpus/teaching.py",
        "if not spun and share_of(site) < SPINNERS_SITE:",
        "if not spun:",
        "test_corpus.py",
        "spinners_site",
    ),
    Mutant(
        "corpus/teaching.py",
        "Prior(1.0 if copied",
        "Prior(share_of(site) if copied",
        "test_corpus.py",
        "spinners_site",
    ),
    Mutant("corpus/state.py", "(excluded.day = '', ", "(", "test_corpus.py", "earliest"),
    Mutant(
        "corpus/running.py",
        "islice(read(source, options.fields), done, None)",
        "read(source, options.fields)",
        "test_corpus.py",
        "broken_off",
    ),
    Mutant("corpus/tasks.py", "and not is_suspect(each)", "", "test_corpus.py", "references_are"),
    Mutant(
        "corpus/workers.py",
        "waiting.popleft().result()\n            while",
        "waiting.pop().result()\n            while",
        "test_corpus.py",
        "order_of_their_tasks",
    ),
    *(
        Mutant(f"corpus/{file}.py", old, new, "test_corpus.py", keyword)
        for file, old, new, keyword in (
            ("comparing", "self.spun and self.worse <= 1 + MOST_WORSE * self.swaps", "self.spun", "no_original"),
            ("comparing", "mean < -WORSE", "mean > WORSE", "no_original"),
            ("comparing", "self.is_twin and self.swaps >= LEAST_SWAPS", "self.is_twin", "odd_words"),
            ("tasks", "compared.clean and not is_suspect(compared.twin)", "compared.clean", "no_original"),
            ("tasks", "first = [compared.twin] if copied else []", "first: list[str] = []", "no_original"),
            ("restoring", "max(len(ours), len(theirs)) > LONGEST_SWAP", "False", "no_lexicon_knows"),
            ("restoring", "or overlaps(kept, start, end)", "", "must_stay"),
            ("restoring", "moved(kept, repair.edits)", "kept", "must_stay"),
            ("restoring", "or change_of_meaning(before, after) is not None", "", "taken_over"),
            (
                "restoring",
                "if keeps_facts(ours, theirs, known, opens=opens_sentence(original, each.first)):",
                "if True:",
                "taken_over",
            ),
            (
                "restoring",
                "match_case([token.text for token in ours], after, ",
                "str.format(after, ",
                "no_lexicon_knows",
            ),
            ("comparing", "if _is_content(one) and _is_content(two)", "", "word_by_word"),
            ("comparing", "end - start == last - first <= LONGEST_SWAP", "True", "word_by_word"),
            ("teaching", "kept.update(each.kept)", "pass", "copies_of_a_site"),
            ("teaching", "if not state.is_suspect(each.twin)", "", "copies_of_a_site"),
            ("state", "where site = ? and clean order", "where site = ? or clean order", "copies_of_a_site"),
            ("teaching", ">= LEAST_KNOWN * site.expected", "> -1e9", "suit_a_family"),
            ("tasks", "(shop.taught, False)", "(shop.normalizer, False)", "lexicon_of_a_scrape"),
            ("tasks", "(shop.normalizer, True)", "(shop.taught, True)", "lexicon_of_a_scrape"),
            ("tasks", "    if task.copied:\n        return task\n", "", "copies_of_a_site"),
            ("tasks", "if each.copied and sure else read", "if False else read", "nearly_restored"),
        )
    ),
    Mutant("corpus/tasks.py", "if drop_residue else []", "or []", "test_corpus.py", "residue_of_clean"),
    Mutant("reading.py", "start=prior.spun", "start=0.2", "test_corpus.py", "a_prior_decides"),
    Mutant(
        "commands/corpus.py", "rejected and not summary.articles", "rejected < 0", "test_corpus.py", "nothing_can_be"
    ),
    Mutant("commands/explain.py", "if not longest:", "if longest < 0:", "test_cli.py", "refuse"),
    Mutant(
        "synonyms/weighing.py", "asked.told + total([*asked", "total([*asked", "test_corpus.py", "told_of_its_spinner"
    ),
    Mutant(
        "synonyms/relatives.py",
        "(getattr(found, each.name), getattr(own, each.name))",
        "(getattr(found, each.name), getattr(own.where(own.start < 0), each.name))",
        "test_corpus.py",
        "told_of_its_spinner",
    ),
    # --- features and weights
    Mutant("features.py", "np.maximum(0.0, -gains)", "np.maximum(0.0, gains)", "test_features.py"),
    Mutant(
        "features.py",
        "own += strength * families[self.page, k]",
        "own += strength * families[0, k]",
        "test_features.py",
    ),
    Mutant(
        "features.py",
        "made = np.bincount(swap, posterior)[swap] - posterior",
        "made = np.bincount(swap, posterior)[swap]",
        "test_features.py",
    ),
    Mutant(
        "features.py",
        "np.sqrt(np.maximum(1.0, expected))[:, None]",
        "np.ones(len(expected))[:, None]",
        "test_features.py",
    ),
    Mutant("features.py", "        kept[repairs] = 0.0\n", "", "test_features.py"),
    Mutant("features.py", "places = order[heads]  # one", "places = order  # one", "test_features.py"),
    Mutant(
        "features.py",
        "own += strength * families",
        "own += strength * (hash('x') % 7 + 1) * families",
        PROPERTIES,
        "test_9_",
    ),
    Mutant("weights.py", "not abs(value) <= sys.float_info.max", "not abs(value) <= float('inf')", "test_weights.py"),
    Mutant(
        "weights.py",
        "self.features.get(name, 0.0) for name in FEATURES",
        "self.features.get(name, 0.0) for name in self.features",
        "test_weights.py",
    ),
    # --- references
    Mutant(
        "references/prepared.py", "        if i not in openings and not (", "        if not (", "test_references.py"
    ),
    Mutant(
        "references/prepared.py", "len(breaks) and breaks[at] <= mark", "len(breaks) and False", "test_references.py"
    ),
    Mutant("references/pairing.py", "rank < PAIRS_PER_SENTENCE", "rank < 1", "test_references.py"),
    Mutant(
        "references/pairing.py", "score[order] >= LEAST_SCORE", "score[order] >= 0.0", "test_references.py", "fifth"
    ),
    Mutant("references/article.py", "return shared / lighter if lighter else 0.0", "return 1.0", "test_references.py"),
    Mutant("references/alignment.py", "            np.maximum.accumulate(best, out=best)\n", "", "test_evidence.py"),
    Mutant("references/alignment.py", " & (lost < SLACK * UNIT)", "", "test_evidence.py"),
    Mutant("references/rewording.py", "word not in names and (", "(", "test_rewording.py"),
    Mutant("references/rewording.py", "amounts(ours) != amounts(theirs) or", "", "test_rewording.py"),
    Mutant(
        "references/rewording.py",
        "persons = PERSONS.intersection(words)",
        "persons = PERSONS.intersection(())",
        "test_rewording.py",
    ),
    Mutant("references/rewording.py", "or near(mine.word, other.word))", "or True)", "test_rewording.py"),
    Mutant("references/witnesses.py", "np.exp(-detour / DETOUR)", "1.0", "test_evidence.py", "elsewhere"),
    Mutant(
        "references/witnesses.py",
        "COPIED, COPIED_SPIN = 0.9, 0.2",
        "COPIED, COPIED_SPIN = 0.9, 0.9",
        "test_evidence.py",
        "copy",
    ),
    Mutant(
        "references/voting.py",
        "np.where(candidates.stands[witnesses.candidate], LEAST_TRUST, 1e-9)",
        "1e-9",
        "test_evidence.py",
        "originals_only",
    ),
    Mutant("references/voting.py", "verbatim * repeats[votes.source[kept]]", "verbatim", "test_evidence.py"),
    Mutant(
        "testimony.py",
        "~guarded | _supported(batch, claims, readings, evidence)",
        "~guarded",
        "test_evidence.py",
        "needs_a_reference",
    ),
    Mutant(
        "testimony.py",
        "claims.where(~guarded), lexicon), Wordings",
        "claims, lexicon), Wordings",
        "test_evidence.py",
        "needs_a_reference",
    ),
    Mutant(
        "testimony.py",
        "if own else None for page, own in enumerate(references))\n    if guarded",
        "if own else None for page, own in enumerate(each[:1] for each in references))\n    if guarded",
        PROPERTIES,
        "test_7_",
    ),
    Mutant("verdicts.py", "telling = np.maximum(telling, verbatim[repairs])", "pass", "test_repairing.py", "tells"),
    # --- reading and repairing
    Mutant("pages.py", "        start = cut\n", "        start = cut + 1\n", "test_pages.py"),
    Mutant(
        "pages.py",
        "tokens, own = read_prose(text, *bounds, knows)",
        "tokens, own = read_prose(text[slice(*bounds)], knows=knows)",
        "test_pages.py",
    ),
    Mutant(
        "pages.py",
        "np.repeat(token_offsets[:-1], counts)",
        "np.repeat(0 * token_offsets[:-1], counts)",
        "test_pages.py",
    ),
    Mutant("pages.py", r"(?<!\s)[^\S\r\n]*+[\r\n]\s*+", r"[\r\n]\s*", HOSTILE, "backtracks"),
    Mutant("reading.py", "cache(lambda: prepared(job", "(lambda: prepared(job", "test_reading.py", "prepared_once"),
    Mutant(
        "reading.py", "[references(number) for number, _ in batch]", "[()] * len(batch)", PROPERTIES, "7_the_original"
    ),
    Mutant(
        "reading.py",
        "support, batch = testimony.on_arcs(lattice), lattice.batch",
        "support, batch = {}, lattice.batch",
        PROPERTIES,
        "test_7_the_original",
    ),
    Mutant(
        "reading.py",
        "sure = round(settled(draft.kind, draft.confidence, first + sentence, shown, weights.article), DIGITS)",
        "sure = draft.confidence",
        PROPERTIES,
        "test_4_ or test_3_",
    ),
    Mutant(
        "reading.py",
        "settled(draft.kind, draft.confidence, first + sentence",
        "settled(draft.kind, draft.confidence * 0.7, first + sentence",
        PROPERTIES,
        "test_5_",
    ),
    Mutant("repairing.py", "for _ in range(REREADINGS):", "for _ in range(0):", PROPERTIES, "test_3_"),
    Mutant("reading.py", "        if sure >= bar:\n", "        if sure > bar:\n", "test_reading.py", "shown"),
    Mutant(
        "reading.py",
        "len(pages), tables, bar, known, look, told)",
        "len(pages), tables, bar, None, look, told)",
        "test_reading.py",
        "family",
    ),
    Mutant(
        "reading.py",
        "words = sum(1 for _ in LOWER_WORD.finditer(text))",
        "words = 0",
        "test_reading.py",
        "not_read_say",
    ),
    Mutant("testimony.py", "                self._known.move_to_end(text)\n", "", "test_reading.py", "bounded"),
    Mutant(
        "reading.py",
        "else next(parts)) is not None:\n",
        "else next(parts) or WHOLE) is not None:\n",
        "test_glancing.py",
        "not_read",
    ),
    Mutant("reading.py", "        if sure >= bar:\n", "        if sure > 1 - bar:\n", PROPERTIES, "test_5_ or test_8_"),
    Mutant(
        "repairing.py",
        "edits[number] = compose_edits(jobs[number].text, edits[number], new)",
        "edits[number] = new",
        PROPERTIES,
        "test_3_ or test_5_",
    ),
    Mutant(
        "repairing.py",
        "[edit for edit in finding.edits if edit.confidence >= self.settings.min_confidence]",
        "list(finding.edits)",
        PROPERTIES,
        "test_8_",
    ),
    Mutant(
        "repairing.py",
        "        for _ in range(REREADINGS):",
        "        for _ in range(1):",
        "test_repairing.py",
        "settled",
    ),
    Mutant(
        "repairing.py",
        "                jobs, size = [], 0\n",
        "                jobs, size = jobs[-1:], 0\n",
        "test_repairing.py",
    ),
    Mutant("language_model/packed.py", "        model.verify()\n", "        pass\n", READERS, "models"),
    # --- glancing, fitting, confidence
    Mutant("glancing.py", "len(worths) - size, STEP), len(worths) - size)", "1), 0)", "test_glancing.py"),
    Mutant("glancing.py", "np.flatnonzero((table[at] == keys) & known)", "np.flatnonzero(known)", "test_glancing.py"),
    Mutant("fitting.py", "offsets_of(sizes)[:-1] + MARGIN * page", "offsets_of(sizes)[:-1] + page", "test_fitting.py"),
    Mutant("fitting.py", "np.repeat(places + sizes, tokens)", "np.repeat(places + 1, tokens)", "test_fitting.py"),
    Mutant("fitting.py", "asked = read & (surest < DECIDED)", "asked = read", "test_fitting.py"),
    Mutant("confidence.py", "    other[chosen] = False\n", "", "test_confidence.py"),
    Mutant(
        "confidence.py",
        "np.minimum.at(surest, owner, made)",
        "np.maximum.at(surest, owner, made)",
        "test_repairing.py",
        "do_the_same",
    ),
    Mutant(
        "confidence.py",
        "        sure[chosen] = confidences(",
        "        confidences(",
        "test_repairing.py",
        "learnt_confidence",
    ),
    Mutant(
        "inference.py",
        'features.table[COLUMN["fit"]] = fits(unrolled, nodes, edges, posteriors)',
        "fits(unrolled, nodes, edges, posteriors)",
        "test_inference.py",
    ),
    Mutant("glancing.py", "worths[place + 1 : free] = 0.0", "pass", "test_glancing.py"),
    Mutant("glancing.py", "/ (1 + np.exp(", "/ (1 + 0 * np.exp(", "test_glancing.py"),
    Mutant("confidence.py", "np.log(sure / (1 - sure))", "np.log(sure)", "test_confidence.py"),
    Mutant("confidence.py", "counts * (right - found)", "(right - found)", "test_confidence.py"),
    # --- reports and commands
    Mutant("reporting/results.py", "\\x0b-\\x1f", "\\x0b-\\x1a", HOSTILE, "steer"),
    Mutant(
        "reporting/terminal.py",
        'Span(visible(span.text.replace("\\r\\n", "\\n")).replace',
        'Span(span.text.replace("\\r\\n", "\\n").replace',
        HOSTILE,
        "steer",
    ),
    Mutant("reporting/terminal.py", "if used + size > width:", "if used + size > width + 1:", REPORTING, "wrap"),
    Mutant("reporting/terminal.py", 'in "WF" else 1', 'in "" else 1', REPORTING, "width"),
    Mutant("reporting/html.py", '.replace("<", "\\\\u003c")', "", "test_page.py", "hostile"),
    Mutant("reporting/html.py", "Piece(shown(line))", "Piece(line)", "test_page.py", "hostile"),
    Mutant("reporting/html.py", "> LONGEST_BLOCK:", "> 10 * LONGEST_BLOCK:", "test_page.py", "long"),
    Mutant("reporting/pages.py", "autoescape=True", "autoescape=False", "test_page.py", "hostile"),
    Mutant("reporting/pages.py", "style-src '{_hashed(style)}'", "style-src 'unsafe-inline'", "test_page.py", "allows"),
    Mutant(
        "reporting/corpus.py", 'quote(record.page.encode("utf-8", "surrogatepass"))', "record.page", CORPUS, "hostile"
    ),
    Mutant("reporting/corpus.py", "for key in set(own):", "for key in own:", CORPUS, "counted"),
    Mutant(
        "reporting/explanation.py",
        "for reading in readings if not reading.won]",
        "for reading in readings]",
        EXPLAINING,
    ),
    Mutant("explaining.py", "(1.0 - edit.confidence) / max(", "1.0 / max(", EXPLAINING, "alternatives"),
    Mutant("explaining.py", "* float(sight.states[each.sentence])", "", EXPLAINING, "not_spun"),
    Mutant("explaining.py", "* view.inferred.families[view.page]", "", EXPLAINING, "families"),
    Mutant("explaining.py", "keeps[~covered]", "keeps[:0]", EXPLAINING, "every_path"),
    Mutant("explaining.py", "over[lattice.reading[over] >= 0]", "over[:0]", EXPLAINING, "side_by_side"),
    Mutant("explaining.py", "return base + first, base +", "return first, base +", EXPLAINING, "long_article or page"),
    Mutant(
        "choosing.py",
        "all(choice.has(each) for choice in wanted)",
        "any(choice.has(each) for choice in wanted)",
        CHOOSING,
    ),
    Mutant("choosing.py", "and not held_back and not any(", "and not any(", CHOOSING),
    Mutant("choosing.py", "if highest > count:", "if highest > count + 1:", CHOOSING),
    Mutant("choosing.py", "low <= listed.edit.confidence <= high", "low < listed.edit.confidence < high", CHOOSING),
    Mutant("reviewing.py", "(self.at, dict(self.decisions))", "(self.at, self.decisions)", "test_reviewing.py"),
    Mutant("reviewing.py", ".casefold(), edit.after", ", edit.after", "test_reviewing.py"),
    Mutant(
        "plans/plan.py",
        "if before is None or fingerprint(before) != self.source_sha256:",
        "if before is None:",
        "test_plans.py",
    ),
    Mutant(
        "plans/plan.py", "if (found := fingerprint(repaired)) != self.repaired_sha256:", "if False:", "test_plans.py"
    ),
    Mutant("plans/plan.py", "if each.after != after else old for each", "for each", "test_plans.py"),
    Mutant("plan.schema.json", '"held_back": {"type": "boolean"', '"held": {"type": "boolean"', "test_plans.py"),
    Mutant("repairing.py", "if not touches(edits, edit.start, edit.end)]", "]", EXPLAINING, "held_back"),
    Mutant(
        "commands/places.py",
        "    if read_article(path) != article:",
        "    if False:",
        "test_bad_input.py",
        "meanwhile",
    ),
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
    return "\n".join(
        ["| property | catches |", "|---|---|", *(f"| {n} | {f} |" for n in sorted(found) for f in found[n])]
    )


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
