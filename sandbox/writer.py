"""Writes the reply to a checked Messages body: it thinks, speaks, calls a tool or refuses."""

import base64
import hashlib

import msgspec

from sandbox import answers, tokens
from sandbox.arithmetic import written
from sandbox.catalog import Model
from sandbox.checks import Body
from sandbox.conversation import Conversation
from sandbox.example import example_for
from sandbox.faults import chance
from sandbox.prompt_cache import CacheUse
from sandbox.reply import Block, Reply
from sandbox.rules import thinks
from sandbox.script import Plan
from sandbox.settings import Settings

THOUGHT = "The question is clear; I will answer it directly and check the result once."
EMPTY_TOKENS = 2
TOOL_TOKENS = 20


class Writer:
    """Writes one reply, block by block, until it is told to stop or `max_tokens` is reached."""

    def __init__(
        self, body: Body, talk: Conversation, model: Model, *, plan: Plan, settings: Settings
    ) -> None:
        self._body = body
        self._talk = talk
        self._model = model
        self._plan = plan
        self._settings = settings
        self._room = _whole_number(body.get("max_tokens"))
        self._reply = Reply(id="", model=model.id)

    def write(self, message_id: str, *, input_tokens: int, cache: CacheUse) -> Reply:
        """Return the reply."""
        reply = self._reply
        reply.id, reply.cache = message_id, cache
        reply.input_tokens = input_tokens - cache.written - cache.read
        if self._room == 0:
            reply.stop_reason = "max_tokens"
        elif self._plan.get("empty"):
            reply.output_tokens = EMPTY_TOKENS
        else:
            self._think()
            self._act()
        self._set_usage()
        return reply

    def _act(self) -> None:
        calls = self._tool_calls()
        if refusal := self._plan.get("refusal"):
            self._refuse(refusal.options.get("category", "general_harms"), int(refusal.number("after", 0)))
        elif calls:
            for name, given in calls:
                self._use_tool(name, given)
        else:
            self._say(self._text())
        if stop := self._plan.get("stop-reason"):
            self._reply.stop_reason = stop.text or "end_turn"

    def _think(self) -> None:
        if not thinks(self._body, self._model) or self._room <= 1:
            return
        pieces = tokens.pieces_of(THOUGHT)[: max(1, self._room // 4)]
        self._count(len(pieces))
        self._reply.thinking_tokens = len(pieces)
        shown = pieces if self._thinking_shown() else []
        digest = hashlib.sha384(self._talk.digest).digest()
        block: Block = {
            "type": "thinking",
            "thinking": "".join(shown),
            "signature": "EqoB" + base64.b64encode(digest).decode(),
        }
        self._add(block, shown)

    def _thinking_shown(self) -> bool:
        thinking = self._body.get("thinking")
        display = thinking.get("display") if isinstance(thinking, dict) else None
        return self._model.thinking_shown if display is None else display == "summarized"

    def _text(self) -> str:
        plan, talk = self._plan, self._talk
        if plan.get("say") is None and (schema := _schema_of(self._body)) is not None:
            return msgspec.json.encode(self._fitting(schema)).decode()
        if (echo := plan.get("echo")) and echo.words:
            return talk.system if echo.words[0] == "system" else msgspec.json.encode(self._body).decode()
        now = self._settings
        return answers.text_for(
            talk.asked,
            plan,
            digest=talk.digest,
            seed=now.seed,
            error_rate=now.error_rate,
            prefill=talk.prefill,
        )

    def _fitting(self, schema: dict[str, object]) -> object:
        now, talk = self._settings, self._talk
        value = answers.value_for(
            talk.asked, self._plan, digest=talk.digest, seed=now.seed, error_rate=now.error_rate
        )
        if value is None:
            return example_for(schema, text=answers.plausible(talk.digest))
        number = value.numerator if value.denominator == 1 else float(value)
        return example_for(schema, number=number, text=written(value))

    def _say(self, text: str) -> None:
        text, stopped_by = _until_stop(text, self._body.get("stop_sequences"))
        pieces = tokens.pieces_of(text)
        limit = self._room - self._reply.output_tokens
        wants_cut = self._plan.get("max_tokens") is not None
        if wants_cut:
            limit = min(limit, max(1, len(pieces) // 2))
        self._reply.stop_sequence = stopped_by
        self._reply.stop_reason = "stop_sequence" if stopped_by else "end_turn"
        if len(pieces) > limit or wants_cut:
            pieces = pieces[:limit]
            self._reply.stop_reason, self._reply.stop_sequence = "max_tokens", None
        self._count(len(pieces))
        if pieces:
            self._add({"type": "text", "text": "".join(pieces)}, pieces)

    def _refuse(self, category: str, after: int) -> None:
        pieces = tokens.pieces_of(answers.plausible(self._talk.digest))[:after]
        if pieces:
            self._count(len(pieces))
            self._add({"type": "text", "text": "".join(pieces)}, pieces)
        self._reply.stop_reason = "refusal"
        self._reply.stop_details = {
            "type": "refusal",
            "category": category,
            "explanation": "The sandbox was asked to refuse this.",
        }

    def _tool_calls(self) -> list[tuple[str, object]]:
        if asked := self._plan.all("tool"):
            return [_asked_call(one.text) for one in asked]
        choice = self._body.get("tool_choice")
        kind = choice.get("type") if isinstance(choice, dict) else "auto"
        if kind == "none" or (kind == "auto" and self._speaks()):
            return []
        for tool in _client_tools(self._body):
            if kind == "tool" and isinstance(choice, dict) and tool["name"] != choice.get("name"):
                continue
            schema = tool.get("input_schema")
            return [(str(tool["name"]), self._fitting(schema) if isinstance(schema, dict) else {})]
        return []

    def _speaks(self) -> bool:
        spoken = any(self._plan.get(name) for name in ("say", "tokens", "echo", "max_tokens"))
        return self._talk.answered_by_tool or spoken

    def _use_tool(self, name: str, given: object) -> None:
        text = msgspec.json.encode(given).decode()
        pieces = tokens.pieces_of(text)
        if self._reply.output_tokens + len(pieces) + TOOL_TOKENS > self._room:
            self._reply.output_tokens = self._room
            self._reply.stop_reason = "max_tokens"
            return
        self._count(len(pieces) + TOOL_TOKENS)
        number = int(chance(0, self._talk.digest.hex(), len(self._reply.content)) * 10**15)
        block: Block = {"type": "tool_use", "id": f"toolu_01{number:022d}", "name": name, "input": given}
        self._add(block, ["", *pieces])
        self._reply.stop_reason = "tool_use"

    def _count(self, count: int) -> None:
        self._reply.output_tokens += count

    def _add(self, block: Block, pieces: list[str]) -> None:
        self._reply.content.append(block)
        self._reply.pieces.append(pieces)

    def _set_usage(self) -> None:
        usage = self._plan.get("usage")
        if usage is None:
            return
        reply = self._reply
        reply.input_tokens = int(usage.option("input", reply.input_tokens))
        reply.output_tokens = int(usage.option("output", reply.output_tokens))
        reply.cache = CacheUse(
            read=int(usage.option("cache-read", reply.cache.read)),
            written_5m=int(usage.option("cache-write", reply.cache.written_5m)),
            written_1h=reply.cache.written_1h,
        )


def _whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _schema_of(body: Body) -> dict[str, object] | None:
    config = body.get("output_config")
    wanted = config.get("format") if isinstance(config, dict) else body.get("output_format")
    schema = wanted.get("schema") if isinstance(wanted, dict) else None
    return schema if isinstance(schema, dict) else None


def _client_tools(body: Body) -> list[dict[str, object]]:
    tools = body.get("tools")
    return (
        [tool for tool in tools if tool.get("type", "custom") == "custom"] if isinstance(tools, list) else []
    )


def _asked_call(text: str) -> tuple[str, object]:
    name, _, given = text.partition(" ")
    try:
        return name, msgspec.json.decode(given or "{}")
    except msgspec.DecodeError:
        return name, {}


def _until_stop(text: str, stops: object) -> tuple[str, str | None]:
    first, found = len(text), None
    for stop in stops if isinstance(stops, list) else ():
        at = text.find(stop)
        if 0 <= at < first:
            first, found = at, stop
    return text[:first], found
