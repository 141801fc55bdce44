"""Results out of a body that arrives in pieces, a line for each."""

import msgspec

from promptmill.records import Result, text_of

_decode = msgspec.json.Decoder(Result).decode


class Lines:
    """Cuts at line feeds only: httpx also breaks at U+2028 and its like, which JSON may hold as they are."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """Take the next piece; return the lines that it completes."""
        head, *others = piece.split(b"\n")
        self._begun.append(head)
        lines = []
        for other in others:
            lines.append(b"".join(self._begun))
            self._begun = [other]
        return lines

    def rest(self) -> list[bytes]:
        """Return the last line, if it has no end."""
        rest, self._begun = b"".join(self._begun), []
        return [rest] if rest else []


def result_of(line: bytes) -> Result:
    """Return the result in a line."""
    result = _decode(line)
    return msgspec.structs.replace(result, text=text_of(result.response))
