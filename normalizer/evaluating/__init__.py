"""Measuring repairs: gold cases, an independent judge, metrics, the oracle, harm on clean text, the gate.

Nothing here repairs anything. The judge needs texts alone, so that no fault of the pipeline can hide behind
its own report.
"""
