"""normalizer: repairs spun articles, with evidence for every edit.

A spun article is a copy of a report in which a program swapped words for what it took for synonyms. `repair` restores
the wording and tells why for each edit; clean text comes back as it is. For many articles make a `Normalizer` once, or
use `repair_many`.

Example:
    >>> from normalizer import repair
    >>> repair("The ministers will meet again on Friday.").text
    'The ministers will meet again on Friday.'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normalizer.edits import Edit, apply_edits, invert_edits
    from normalizer.errors import (
        ArgumentError,
        CaseError,
        CorpusError,
        InputError,
        LexiconError,
        MissingExtraError,
        ModelError,
        NormalizerError,
        NormalizerWarning,
        PlanError,
        StoreError,
    )
    from normalizer.lexicon import Lexicon
    from normalizer.plans import Plan
    from normalizer.references import Reference, prepare_references
    from normalizer.repairing import Normalizer, Repair, Settings, Verdict, detect, repair, repair_many

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "CaseError",
    "CorpusError",
    "Edit",
    "InputError",
    "Lexicon",
    "LexiconError",
    "MissingExtraError",
    "ModelError",
    "Normalizer",
    "NormalizerError",
    "NormalizerWarning",
    "Plan",
    "PlanError",
    "Reference",
    "Repair",
    "Settings",
    "StoreError",
    "Verdict",
    "__version__",
    "apply_edits",
    "detect",
    "invert_edits",
    "prepare_references",
    "repair",
    "repair_many",
]

_ROOMS = {  # where each name lies; the exceptions lie in `errors`, all others in `repairing`
    "Edit": "edits",
    "Lexicon": "lexicon",
    "Plan": "plans",
    "Reference": "references",
    "apply_edits": "edits",
    "invert_edits": "edits",
    "prepare_references": "references",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: a command that needs no pipeline starts at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = _ROOMS.get(name, "errors" if name.endswith(("Error", "Warning")) else "repairing")
    return getattr(import_module(f"{__name__}.{room}"), name)


def __dir__() -> list[str]:
    return __all__
