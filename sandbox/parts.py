"""The parts that one sandbox is made of, as they are handed to its endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.batch_store import BatchStore
    from sandbox.ids import Ids
    from sandbox.ledger import Call, Ledger
    from sandbox.limits import Limits
    from sandbox.path_scripts import PathScripts
    from sandbox.prompt_cache import PromptCache
    from sandbox.script import Plan
    from sandbox.settings import Dials


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that lives as long as the process."""

    dials: Dials
    ids: Ids
    ledger: Ledger
    limits: Limits
    cache: PromptCache
    batches: BatchStore
    scripts: PathScripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, under which rules, with which scripts of the path, and the ledger's line on it."""

    account: str
    version: str
    betas: str
    call: Call
    plan: Plan
