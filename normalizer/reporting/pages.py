"""What the pages for a browser have in common: templates that escape, and a content security policy."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


def policy(style: str, script: str | None = None) -> str:
    """Return the content security policy that allows this style and this script by their hashes, and nothing else."""
    scripts = f"script-src '{_hashed(script)}'; " if script is not None else ""
    return f"default-src 'none'; {scripts}style-src '{_hashed(style)}'; base-uri 'none'; form-action 'none'"


def _hashed(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def part(name: str) -> str:
    """Return a file of the folder `page`, with line feeds as line ends, as a browser hashes it."""
    text = (files("normalizer") / "reporting" / "page" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def trusted(text: str) -> str:
    """Mark *text* as part of the page itself, which the templates do not escape."""
    from markupsafe import Markup

    return Markup(text)


@cache
def template(name: str) -> "Template":
    """Return a template of the folder `page`, with the common head; it escapes everything that is put into it."""
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(part("head.html") + part(name))
