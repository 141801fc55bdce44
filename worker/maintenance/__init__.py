"""Actors that keep the record moving; each may run twice at the same time, so none needs a leader."""
