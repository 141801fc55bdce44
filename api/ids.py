"""Ids as callers hand them in, checked for form before the database is asked."""

import re

from jobs.ids import ALPHABET, LENGTH

FORM = re.compile(rf"(?P<prefix>[a-z]+_)[{ALPHABET}]{{{LENGTH}}}")


def is_id(text: str, *prefixes: str) -> bool:
    """Return whether `text` can be an id with one of `prefixes`.

    What cannot be one is not looked up: some of it, a NUL for example, a database would choke on.
    """
    form = FORM.fullmatch(text)
    return form is not None and form["prefix"] in prefixes
