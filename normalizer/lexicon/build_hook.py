"""Puts the compiled lexicon into a wheel, so that the installed program starts at once.

Run by hatchling while it builds a wheel, in an environment that has what normalizer needs (`pyproject.toml`). An
editable install gets none: its lexicon changes, and the cache serves it. Nothing is written to the source tree.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "normalizer/lexicons"  # in the wheel, see `files.shipped_folder`


class CompiledLexicon(BuildHookInterface[Any]):
    """Compiles `lexicons/` for the models of the package, and has the wheel include the file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a folder that is deleted after the build. version: "standard" or "editable"."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)  # normalizer is not installed here, or another version of it is
        try:
            from normalizer.language_model import AssociationModel, ContextModel, LanguageModel
            from normalizer.lexicon import keep_compiled
            from normalizer.lexicon.packed import SHIPPED
        finally:
            sys.path.remove(self.root)
        self.folder = TemporaryDirectory()
        models = LanguageModel.load(), AssociationModel.load(), ContextModel.load()
        place, *_ = keep_compiled(models, target=Path(self.folder.name) / SHIPPED, anew=True)
        build_data["force_include"][str(place)] = f"{PLACE}/{SHIPPED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the folder."""
        if version != "editable":
            self.folder.cleanup()
