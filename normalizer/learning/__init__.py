"""Learning: entries from pairs of texts, weights from gold repairs."""
