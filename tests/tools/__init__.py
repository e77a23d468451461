"""Measuring tools beside the tests; each runs as `python -m tests.tools.NAME` and says with `--help` what it does."""
