"""Prompt caching: what a body's `cache_control` marks write to the cache, and what they read from it."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sandbox import tokens
from sandbox.catalog import Model
from sandbox.checks import Body
from sandbox.conversation import tokens_of_block
from sandbox.errors import invalid
from sandbox.message_checks import MAX_CACHE_MARKS, blocks_of, turns

TTL_S = {"5m": 300, "1h": 3600}
LOOKBACK = 20
MAX_ENTRIES = 50_000

Key = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """Tokens read from the cache and written to it."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0

    @property
    def written(self) -> int:
        """All tokens written."""
        return self.written_5m + self.written_1h


UNUSED = CacheUse()


@dataclass(frozen=True, slots=True)
class Prefix:
    """A body up to the end of one block: what it is, what it costs, and the lifetime asked for, if marked."""

    digest: bytes
    tokens: int
    ttl: str | None


class PromptCache:
    """Remembers prefixes until their time is over; the oldest go first when there are too many."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: OrderedDict[Key, tuple[float, int]] = OrderedDict()
        self._clock = clock

    def use(self, account: str, body: Body, model: Model) -> tuple[CacheUse, Callable[[], None]]:
        """Return what a body reads and writes, and the act of writing, for when the answer begins."""
        prefixes = _prefixes(body, model)
        marked = [index for index, prefix in enumerate(prefixes) if prefix.ttl]
        if len(marked) > MAX_CACHE_MARKS:
            raise invalid(
                f"A maximum of {MAX_CACHE_MARKS} blocks with cache_control may be provided. "
                f"Found {len(marked)}."
            )
        marked = [index for index in marked if prefixes[index].tokens >= model.cache_from]
        if not marked:
            return UNUSED, _nothing
        keys = [(account, model.id, prefix.digest) for prefix in prefixes]
        read = max((self._hit(keys, index) for index in marked), default=0)
        use = _use(read, [prefixes[index] for index in marked])

        def write() -> None:
            for index in marked:
                self._write(keys[index], prefixes[index])

        return use, write

    def _hit(self, keys: list[Key], index: int) -> int:
        for at in range(index, max(-1, index - LOOKBACK), -1):
            found = self._entries.get(keys[at])
            if found is not None and found[0] > self._clock():
                return found[1]
        return 0

    def _write(self, key: Key, prefix: Prefix) -> None:
        self._entries[key] = (self._clock() + TTL_S.get(prefix.ttl or "5m", 300), prefix.tokens)
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)


def _use(read: int, marked: list[Prefix]) -> CacheUse:
    done, written = read, {"5m": 0, "1h": 0}
    for prefix in marked:
        if prefix.tokens > done:
            written[prefix.ttl or "5m"] += prefix.tokens - done
            done = prefix.tokens
    return CacheUse(read=read, written_5m=written["5m"], written_1h=written["1h"])


def _prefixes(body: Body, model: Model) -> list[Prefix]:
    hasher = hashlib.blake2b(digest_size=12)
    prefixes: list[Prefix] = []
    total = tokens.PER_REQUEST
    for block, cost in _blocks(body, model):
        plain = {name: value for name, value in block.items() if name != "cache_control"}
        hasher.update(msgspec.json.encode(plain))
        total += cost
        prefixes.append(Prefix(hasher.digest(), total, _ttl(block.get("cache_control"))))
    automatic = _ttl(body.get("cache_control"))
    if automatic and prefixes:
        last = prefixes[-1]
        prefixes[-1] = Prefix(last.digest, last.tokens, automatic)
    return prefixes


def _blocks(body: Body, model: Model) -> list[tuple[dict[str, object], int]]:
    blocks: list[tuple[dict[str, object], int]] = []
    tools = body.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        cost = tokens.of_text(msgspec.json.encode(tool).decode(), model)
        blocks.append((tool, cost + (0 if index else tokens.TOOLS_PROMPT)))
    blocks += [(block, tokens_of_block(block, model)) for block in blocks_of(body.get("system") or [])]
    for role, content in turns(body):
        for index, block in enumerate(blocks_of(content)):
            extra = 0 if index else tokens.PER_MESSAGE
            blocks.append((block | {"role": role}, tokens_of_block(block, model) + extra))
    return blocks


def _ttl(control: object) -> str | None:
    if not isinstance(control, dict):
        return None
    ttl = control.get("ttl", "5m")
    if control.get("type") != "ephemeral" or str(ttl) not in TTL_S:
        raise invalid("cache_control: Input should be {'type': 'ephemeral', 'ttl': '5m' or '1h'}")
    return str(ttl)


def _nothing() -> None:
    """Write nothing."""
