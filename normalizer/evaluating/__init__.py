"""Measuring repairs: gold cases, an independent judge, metrics, the oracle, harm on clean text, the gate.

Nothing here repairs anything. The judge reads the texts only, so that a fault of the pipeline cannot be hidden by the
pipeline's own report of its edits.
"""
