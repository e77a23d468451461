"""Plans: the edits of one repair as JSON, which can be replayed on the text, or undone.

    {"format": "normalizer-plan", "version": 2, "name": "article.txt", "signature": "...", "length": 1234,
     "source_sha256": "<64 hex digits>", "repaired_sha256": "<64 hex digits>", "verdict": {...},
     "edits": [{"start": 14, "end": 24, "before": "instructed", "after": "told", "kind": "lexical",
                "confidence": 0.93, "held_back": true,
                "evidence": {"entry": "instructed -> told", "margin": 4.1, "note": "...", "family": "a",
                             "references": [{"reference": 0, "start": 80, "end": 84, "sentence": "..."}],
                             "alternatives": [{"after": "ordered", "probability": 0.04, "entry": "..."}]}}]}

`name`, `held_back`, `evidence`, and every field of the evidence may be left out; all other fields are required, and
further fields are not allowed. An edit with `held_back` is only suggested: it is not made. An edit's number is its
place in the list, counted from 1. Offsets and `length` count code points of the source text, `source_sha256` is a hash
of its UTF-8 bytes, and `repaired_sha256` one of those of the repaired text. A plan is plain ASCII. JSON would join a
high surrogate and a low one after it to one character, so a string that holds them as two is written as {"$pieces":
["...", "..."]} and read back whole. `plan.schema.json` says all this as a JSON Schema. Version 1, without `held_back`,
`family` and `alternatives`, is read as well.
"""

from normalizer.plans.plan import Listed, Plan, fingerprint, reworded, schema
from normalizer.plans.writing import ascii_json

__all__ = ["Listed", "Plan", "ascii_json", "fingerprint", "reworded", "schema"]
