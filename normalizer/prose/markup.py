"""Elements of a page that an extractor left, and in some of them all that they hold."""

import re
from collections.abc import Iterator

TAG = re.compile(
    r"""
      <!-- | <!\[CDATA\[ | \]\]> | <!DOCTYPE [^<>]{0,300} > | <\? (?: php | xml ) \b
    | < (?P<end> /? ) (?P<name> [a-zA-Z][\w:-]{0,60} ) (?: \s [^<>]{0,2000} )? /? >
    """,
    re.VERBOSE,
)
# What closes an element whose text is no prose.
CLOSING = {"<!--": "-->", "<?php": "?>", "<?xml": "?>"} | {
    f"<{name}": f"</{name}" for name in "script style pre code kbd samp svg noscript iframe textarea math".split()
}


def elements(text: str) -> Iterator[tuple[int, int]]:
    """Yield the tags of *text*, those of scripts, style sheets and code with all between them, and comments.

    What is never closed is a tag alone.
    """
    done, missing = 0, set()
    for match in TAG.finditer(text):
        if match.start() < done:
            continue
        opening = match.group().lower() if match["name"] is None else f"<{match['end']}{match['name'].lower()}"
        closing, done = CLOSING.get(opening), match.end()
        if closing is not None and closing not in missing:
            found = text.find(closing, match.end())
            if found < 0:
                missing.add(closing)
            else:
                border = text.find(">", found)
                done = len(text) if border < 0 else border + 1
        yield match.start(), done
