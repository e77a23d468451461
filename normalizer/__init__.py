"""normalizer: repairs spun articles, with evidence for every edit.

>>> from normalizer import repair
>>> repair("The ministers will meet again on Friday.").text
'The ministers will meet again on Friday.'
"""

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
