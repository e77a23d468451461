"""The look-up of stories as shuffles: what is done with the rows that one key, or one article, brings together.

`StoryStore` answers one article after another from one file. For a scrape that is larger than one machine the same
answers are worked out for all articles at once. Rows are brought together four times:

1. `count_holders`, by key: how many articles hold it; keys that nobody shares, or too many, are dropped.
2. `choose_keys`, by article: which of its keys are asked for, see `stories.finding.asked_keys`.
3. `match_holders`, by key: who asks for it is brought together with all who hold it.
4. `rank_matches`, by article: those that share keys with it, by BM25.

All of them are pure functions of pyarrow tables, whose rows may come in any order, with rows of several keys among
them; they give the same rows for the same set of articles. Columns: `key`; `article`, `other`: digests; `keys`: how
many an article has; `spun`: how likely it is; `holders`: of a key; `asked`; `worth`: what a key adds to a score.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.engines.missing import extra
from normalizer.stories import asked_keys
from normalizer.stories.finding import FREE, MOST_HOLDERS, MOST_MATCHES
from normalizer.stories.matching import scores, weight

with extra("ray"):
    import pyarrow as pa
    import pyarrow.compute as pc

Ints = NDArray[np.int64]

POSTINGS = pa.schema([
    ("key", pa.string()), ("article", pa.string()), ("keys", pa.int64()), ("spun", pa.float64()),
])  # fmt: skip
COUNTED = POSTINGS.append(pa.field("holders", pa.int64()))
CHOSEN = COUNTED.append(pa.field("asked", pa.bool_()))
MATCHED = pa.schema([
    ("article", pa.string()), ("other", pa.string()), ("key", pa.string()), ("worth", pa.float64()),
    ("spun", pa.float64()),
])  # fmt: skip
RANKED = pa.schema([
    ("article", pa.string()), ("others", pa.list_(pa.string())), ("spun", pa.list_(pa.float64())),
])  # fmt: skip


def groups(column: Any) -> tuple[Ints, Ints]:
    """Return the order that brings equal values of a *column* together, and where each group of them begins.

    Shapes (rows,) and (groups + 1,).
    """
    codes = column.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return order, np.append(starts, len(order))


def count_holders(postings: Any) -> Any:
    """Return POSTINGS as COUNTED: those of keys that some share and not too many do.

    Besides, for each key that many articles hold, one row without an article.
    """
    order, bounds = groups(postings["key"])
    sizes = np.diff(bounds)
    holders = np.empty(len(order), dtype=np.int64)
    holders[order] = np.repeat(sizes, sizes)
    counted = postings.append_column("holders", pa.array(holders)).cast(COUNTED)
    shared = counted.filter(pa.array((holders > 1) & (holders <= MOST_HOLDERS + 1)))
    common = counted.take(pa.array(order[bounds[:-1]][sizes > FREE]))
    nobody = pa.nulls(common.num_rows, pa.string())
    return pa.concat_tables([shared, common.set_column(1, COUNTED.field("article"), nobody)])


def choose_keys(counted: Any) -> Any:
    """Return COUNTED as CHOSEN: whether its article asks for the key."""
    order, bounds = groups(counted["article"])
    keys, holders = counted["key"].to_pylist(), counted["holders"].to_numpy()
    asked = np.zeros(len(order), dtype=np.bool_)
    for start, end in pairwise(bounds):
        rows = order[start:end].tolist()
        wanted = set(asked_keys({keys[row]: int(holders[row]) - 1 for row in rows}))
        asked[[row for row in rows if keys[row] in wanted]] = True
    return counted.append_column("asked", pa.array(asked)).cast(CHOSEN)


def match_holders(chosen: Any, articles: int, average: float) -> Any:
    """Return CHOSEN as MATCHED: each article that asks for a key with each that holds it, itself among them.

    articles: how many there are. average: number of keys of all of them.
    """
    order, bounds = groups(chosen["key"])
    asked, holders = (chosen[name].to_numpy() for name in ("asked", "holders"))
    sizes = chosen["keys"].to_numpy()
    askers, held, worths = [], [], []
    for start, end in pairwise(bounds):
        rows = order[start:end]
        asking = rows[asked[rows]]
        if not len(asking):
            continue
        worth = scores(weight(articles, int(holders[rows[0]])), sizes[rows], average)
        askers.append(np.repeat(asking, len(rows)))
        held.append(np.tile(rows, len(asking)))
        worths.append(np.tile(worth, len(asking)))
    if not askers:
        return MATCHED.empty_table()
    asker, other = pa.array(np.concatenate(askers)), pa.array(np.concatenate(held))
    return pa.table(
        [
            chosen["article"].take(asker), chosen["article"].take(other), chosen["key"].take(asker),
            pa.array(np.concatenate(worths)), chosen["spun"].take(other),
        ],
        schema=MATCHED,
    )  # fmt: skip


def rank_matches(matched: Any) -> Any:
    """Return MATCHED as RANKED: for each article the best of those that share keys with it, without itself."""
    order = pc.sort_indices(matched, [("article", "ascending"), ("other", "ascending"), ("key", "ascending")])
    rows = matched.take(order)
    article, other = (rows[name].combine_chunks() for name in ("article", "other"))
    codes = article.dictionary_encode().indices.to_numpy(), other.dictionary_encode().indices.to_numpy()
    new = (np.diff(codes[0], prepend=-1) != 0) | (np.diff(codes[1], prepend=-1) != 0)
    # Worths are added in the order of keys, as SQLite does: so that not even the last bit differs.
    score = np.bincount(np.cumsum(new) - 1, rows["worth"].to_numpy())
    firsts = np.flatnonzero(new)
    pairs = pa.table({
        "article": article.take(pa.array(firsts)), "other": other.take(pa.array(firsts)), "score": pa.array(score),
        "spun": rows["spun"].take(pa.array(firsts)),
    })  # fmt: skip
    pairs = pairs.take(
        pc.sort_indices(pairs, [("article", "ascending"), ("score", "descending"), ("other", "ascending")])
    )
    _, bounds = groups(pairs["article"])
    found: dict[str, list[Any]] = {name: [] for name in RANKED.names}
    for start, end in pairwise(bounds):
        best = pairs.slice(start, min(MOST_MATCHES, end - start)).to_pylist()
        own = best[0]["article"]
        found["article"].append(own)
        found["others"].append([each["other"] for each in best if each["other"] != own])
        found["spun"].append([each["spun"] for each in best if each["other"] != own])
    return pa.table(found, schema=RANKED)
