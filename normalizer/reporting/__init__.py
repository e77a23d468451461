"""Reports on a repair: the plan as JSON, a diff to patch with, one to look at, a page, a few lines of summary."""

from normalizer.reporting.corpus import Record, corpus_page
from normalizer.reporting.diff import unified_diff
from normalizer.reporting.explanation import explanation
from normalizer.reporting.html import html_page
from normalizer.reporting.json import plan_line, verdict_line
from normalizer.reporting.results import Judgement, Result, visible, visible_line
from normalizer.reporting.summary import summary, summary_line, verdict_row
from normalizer.reporting.terminal import edit_view, terminal_diff

__all__ = [
    "Judgement",
    "Record",
    "Result",
    "corpus_page",
    "edit_view",
    "explanation",
    "html_page",
    "plan_line",
    "summary",
    "summary_line",
    "terminal_diff",
    "unified_diff",
    "verdict_line",
    "verdict_row",
    "visible",
    "visible_line",
]
