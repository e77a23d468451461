"""Spinners that nobody knows: each draws a dictionary of its own from two public thesauri and has habits of its own."""
