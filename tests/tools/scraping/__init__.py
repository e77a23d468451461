"""Whole scrapes with known truth: clean articles, reports of the same stories, and spun copies of them."""
