"""Writes truecased copies of corpora: was folding away capitals the right choice for the language model?

    python -m tests.tools.truecasing FOLDER CORPUS...

A capital that a word has of its own, not from its place at the start of a sentence, becomes a letter at its end, which
survives folding: in "Turkey's cold turkey" the first turkey gets a tone mark. Words at the start of a sentence take the
form they mostly have elsewhere in the corpus. A model trained on such copies with `normalizer train-lm` is a truecased
one; `python -m normalizer.language_model --pairs` compares it with the caseless one.
"""

import lzma
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from normalizer.language_model.training.corpora import articles, corpus_name
from normalizer.tokens import Token, sentences, tokenize

CAPITAL = "\ua4f8"  # a Lisu tone: a letter to every reader, and in no news


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...", type=click.Path(path_type=Path))
def main(folder: Path, corpora: Sequence[Path]) -> None:
    """Write a truecased copy of each CORPUS to FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in corpora:
        names = named(path)
        with lzma.open(folder / f"{corpus_name(path)}.txt.xz", "wt", encoding="utf-8", preset=0) as out:
            for article in articles(path):
                out.write(truecased(article, names) + "\n\n")


def named(path: Path) -> frozenset[str]:
    """Return the words that are mostly capitalised within the sentences of the corpus at *path*."""
    capital: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for article in articles(path):
        tokens = tokenize(article)
        for token, opens in _words(article, tokens):
            if not opens:
                seen[token.word] += 1
                capital[token.word] += token.text[0].isupper()
    return frozenset(word for word, count in seen.items() if capital[word] > count / 2)


def truecased(article: str, names: frozenset[str]) -> str:
    """Return *article* with CAPITAL behind every word that has a capital of its own."""
    parts: list[str] = []
    at = 0
    for token, opens in _words(article, tokenize(article)):
        if token.text[0].isupper() and (token.word in names or not opens):
            parts += [article[at : token.end], CAPITAL]
            at = token.end
    return "".join([*parts, article[at:]])


def _words(article: str, tokens: list[Token]) -> Iterator[tuple[Token, bool]]:
    """Yield every word, and whether its capital may come from its place: at the start, or behind a quote or colon."""
    for first, end in sentences(article, tokens):
        opens = True
        for token in tokens[first:end]:
            if token.text[0].isalpha():
                yield token, opens
                opens = False
            elif token.text in "\"“‘':":
                opens = True


if __name__ == "__main__":
    main()
