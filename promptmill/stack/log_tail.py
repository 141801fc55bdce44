"""Shows what the parts write into their logs, line by line, each under its part's name."""

from collections.abc import Callable
from pathlib import Path


class LogTail:
    """Follows the logs of a folder from where they end now."""

    def __init__(self, folder: Path, show: Callable[[str], None]) -> None:
        self._folder = folder
        self._show = show
        self._positions = {path: path.stat().st_size for path in folder.glob("*.log")}

    def follow(self) -> None:
        """Show the complete lines that were added since the last time."""
        for path in sorted(self._folder.glob("*.log")):
            position = self._positions.get(path, 0)
            with path.open("rb") as log:
                if path.stat().st_size < position:
                    position = 0  # put aside, and begun anew
                log.seek(position)
                lines, _, _ = log.read().rpartition(b"\n")
            if lines:
                self._positions[path] = position + len(lines) + 1
                for line in lines.decode(errors="replace").split("\n"):
                    self._show(f"{path.stem:10} | {line}")
