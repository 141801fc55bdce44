"""The items that an evaluation asks about: read from a file's text or taken from the definition."""
