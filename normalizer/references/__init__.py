"""References: cleaner versions of an article's story, and what they say of its readings."""

from normalizer.references.article import Candidates
from normalizer.references.evidence import Evidence, gather_evidence, no_evidence
from normalizer.references.prepared import (
    LEAST_TRUST,
    LONGEST_REFERENCE,
    Phrase,
    Reference,
    Trusted,
    prepare,
    prepare_references,
)
from normalizer.references.proposing import Proposal

__all__ = [
    "LEAST_TRUST",
    "LONGEST_REFERENCE",
    "Candidates",
    "Evidence",
    "Phrase",
    "Proposal",
    "Reference",
    "Trusted",
    "gather_evidence",
    "no_evidence",
    "prepare",
    "prepare_references",
]
