"""Scripts for paths instead of prompts: for calls that have no prompt, and for faults of a whole account."""

from fnmatch import fnmatchcase

from sandbox.script import Directive, Script, read_script
from sandbox.settings import Dials


class PathScripts:
    """The scripts in force, with the place in each; a script begins anew when it is set."""

    def __init__(self, dials: Dials) -> None:
        self._dials = dials
        self._texts: dict[str, str] = {}
        self._scripts: dict[str, Script] = {}
        self._calls: dict[str, int] = {}

    def directives(self, path: str) -> list[Directive]:
        """Return what is in force for this call of a path, and go one step on."""
        if self._dials.now.scripts is not self._texts:
            self._follow()
        found = []
        for pattern, script in self._scripts.items():
            if fnmatchcase(path, pattern):
                found.append(script.at(self._calls[pattern]))
                self._calls[pattern] += 1
        return [one for one in found if one is not None]

    def restart(self) -> None:
        """Begin every script anew."""
        self._calls = dict.fromkeys(self._calls, 0)

    def _follow(self) -> None:
        before, self._texts = self._texts, self._dials.now.scripts
        self._scripts = {
            pattern: script
            for pattern, text in self._texts.items()
            if (script := read_script(text)) is not None
        }
        kept = {pattern for pattern, text in self._texts.items() if before.get(pattern) == text}
        self._calls = {pattern: self._calls[pattern] if pattern in kept else 0 for pattern in self._texts}
