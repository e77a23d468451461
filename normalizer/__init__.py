"""normalizer: repairs spun articles, with evidence for every edit.

>>> from normalizer import repair
>>> repair("The ministers will meet again on Friday.").text
'The ministers will meet again on Friday.'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normalizer.edits import Edit, apply_edits, invert_edits
    from normalizer.repairing import Normalizer, Repair, Settings, Verdict, detect, repair

__version__ = "0.1.0"
__all__ = [
    "Edit",
    "Normalizer",
    "Repair",
    "Settings",
    "Verdict",
    "__version__",
    "apply_edits",
    "detect",
    "invert_edits",
    "repair",
]


ROOMS = {"Edit": "edits", "apply_edits": "edits", "invert_edits": "edits"}  # the others come from `repairing`


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: a command that needs no pipeline starts at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{ROOMS.get(name, 'repairing')}"), name)


def __dir__() -> list[str]:
    return __all__
