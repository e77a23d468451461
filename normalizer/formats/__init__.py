"""What a file holds: prose, or a document with prose in it, told by its content first and then by its name.

A document is taken apart into segments, each a stretch of prose with the place of every character, so that an edit of
the prose is an edit of the document. Structured text of a kind that is not known is refused: read as prose, a feed or a
program would be rewritten.
"""

import re
from pathlib import PurePath
from typing import NamedTuple

from normalizer.errors import InputError
from normalizer.formats import html, records, table
from normalizer.formats.segments import Document, Piece, Segment, verbatim

__all__ = ["KINDS", "PAGE", "Document", "Piece", "Request", "Segment", "kind_of", "main_text", "open_document"]

KINDS = ("text", "html", "json", "jsonl", "csv", "tsv")  # that can be read
PAGE = "page"  # a web page of which nobody said whether to read its main text or to edit it in place

NAMES = {
    ".html": PAGE, ".htm": PAGE, ".xhtml": PAGE, ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv",
}  # fmt: skip
MARKDOWN = (".md", ".markdown", ".mdx", ".rst")  # in which pieces of HTML are at home

HEAD = 4096  # characters that tell a kind
XML_HEAD = re.compile(r"\s*+(?:<\?[^>]*+>\s*+|<!--(?:[^-]++|-(?!->))*+-->\s*+)*+")
PAGE_HEAD = re.compile(r"(?i)<!doctype\s++html|<html[\s>]|<head[\s>]|<body[\s>]")
PAGE_PART = re.compile(
    r"(?i)<(?:p|div|article|section|main|header|h[1-6]|table|ul|ol|meta|title|link|span|figure|nav|script|style)(?:\s[^<>]*+)?>"
)
XML_TAG = re.compile(r"<([A-Za-z_][\w.:-]*+)(?:\s[^<>]*+)?/?>")
JSON_HEAD = re.compile(r'\s*+(?:\[\s*+)?\{\s*+(?:"(?:[^"\\\n]|\\.){1,100}"\s*+:|\})|\s*+\[\s*+["\[]')
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*+\r?\n(?:[^\r\n]*+\r?\n){0,300}?(?:---|\.\.\.)[ \t]*+(?:\r?\n|\Z)")
YAML_LINE = re.compile(r"(?m)^\"?[\w.-]+\"?:(?: |$|\r)")

# What is refused, by its name: how it is called, and what to do.
SOURCE = "program text", "name a text"
CONFIGURATION = "a file of settings", "name a text"
OTHERS = (
    ((".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties", ".lock"), CONFIGURATION),
    ((".py", ".js", ".mjs", ".ts", ".tsx", ".jsx", ".css", ".scss", ".java", ".c", ".h", ".cpp", ".go", ".rs", ".rb",
      ".php", ".sh", ".sql", ".ipynb"), SOURCE),
    ((".srt", ".vtt"), ("subtitles", "take the text out of them")),
    ((".xml", ".rss", ".atom", ".rdf", ".opml", ".svg"), ("XML", "take the texts out of it")),
    ((".tex", ".bib"), ("TeX", "take the text out of it")),
)  # fmt: skip
FEEDS = re.compile(r"<(?:rss|feed|rdf:RDF|channel)[\s>]")


class Request(NamedTuple):
    """What the caller says of a document. kind: one of KINDS, or None to find out. fields: that hold prose."""

    kind: str | None = None
    fields: tuple[str, ...] = ()


ANYTHING = Request()


def kind_of(text: str, name: str) -> str:
    """Return what *text* is: one of KINDS, or PAGE. Raises InputError for what cannot be read, with a remedy."""
    suffix = PurePath(name).suffix.lower()
    return _by_content(text, name, suffix) or _by_name(name, suffix)


def open_document(text: str, name: str, request: Request = ANYTHING, encoding: str = "utf-8") -> Document:
    """Return *text* taken apart as *request* says, or as its content and name do; a page in its main text.

    encoding: what the document is written in. Raises InputError for what cannot be read, and for a request that does
    not fit.
    """
    kind = request.kind or kind_of(text, name)
    if request.fields and kind in ("text", "html", PAGE):
        raise InputError(f"{name}: expected records for --field, found {_called(kind)}; leave out --field")
    if kind == "html":
        return Document(text, kind, (html.segment_of(text, encoding),))
    if kind == PAGE:
        main = main_text(text, name)
        return Document(main, PAGE, verbatim(main).segments)
    if kind == "json":
        return records.document(text, name, request.fields)
    if kind == "jsonl":
        return records.lines_document(text, name, request.fields)
    if kind in ("csv", "tsv"):
        return table.document(text, name, request.fields, "\t" if kind == "tsv" else None)
    matter = None if request.kind else front_matter(text)
    return verbatim(text, matter or 0)


def main_text(page: str, name: str) -> str:
    """Return the main text of a web page. Raises InputError without trafilatura, and for a page that has none."""
    try:
        import trafilatura
    except ImportError as error:
        raise InputError(
            f"{name}: expected prose, found a web page, whose main text trafilatura takes out: "
            "pip install 'normalizer[html]'; or edit the page in place with --as html"
        ) from error
    text = trafilatura.extract(page, include_comments=False)
    if not text:
        raise InputError(
            f"{name}: expected a web page with an article, found no main text in it; edit all of its text in place "
            "with --as html, or read it as prose with --as text"
        )
    return str(text) + "\n"


def front_matter(text: str) -> int | None:
    """Return where the front matter that *text* begins with ends, or None without any."""
    found = FRONT_MATTER.match(text)
    return found.end() if found and YAML_LINE.search(found[0]) else None


def _by_content(text: str, name: str, suffix: str) -> str | None:
    body = text.removeprefix("\ufeff")
    start = XML_HEAD.match(body)
    head = body[start.end() if start else 0 :][:HEAD]
    if head.startswith("<") and (kind := _markup(body, head, name, suffix)) is not None:
        return kind
    if JSON_HEAD.match(body):
        return "jsonl" if suffix in (".jsonl", ".ndjson") or (suffix != ".json" and _is_lines(body)) else "json"
    if front_matter(text) is not None:
        return "text"
    if suffix not in NAMES and table.is_table(body):
        return "tsv" if table.best_delimiter(body) == "\t" else "csv"
    return None


def _markup(body: str, head: str, name: str, suffix: str) -> str | None:
    """Return PAGE for a web page or a part of one, None for prose. Raises InputError for other markup."""
    if PAGE_HEAD.match(head) or (PAGE_PART.match(head) and suffix not in MARKDOWN):
        return PAGE
    tag = XML_TAG.match(head)
    if tag and (body.lstrip().startswith("<?xml") or body.rstrip().endswith(f"</{tag[1]}>")):
        if FEEDS.search(head):
            raise _refusal(name, "a feed (RSS or Atom)", "take its items out, as feedparser does")
        raise _refusal(name, "XML", "take the texts out of it")
    return None


def _is_lines(body: str) -> bool:
    """Say whether *body*, which begins as JSON does, has a record on each line."""
    lines = [line for line in body[:1_000_000].split("\n") if line.strip()]
    return len(lines) > 1 and all(line.lstrip()[0] == "{" for line in lines[:2]) and lines[0].rstrip()[-1] == "}"


def _by_name(name: str, suffix: str) -> str:
    for suffixes, (called, remedy) in OTHERS:
        if suffix in suffixes:
            raise _refusal(name, f"{called} (by the name)", remedy)
    return NAMES.get(suffix, "text")


def _refusal(name: str, found: str, remedy: str) -> InputError:
    return InputError(f"{name}: expected prose, found {found}; {remedy}, or read it as prose with --as text")


def _called(kind: str) -> str:
    return "prose" if kind == "text" else "a web page"
