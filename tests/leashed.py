"""Processes that end with the test process that started them, however that ends."""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from promptmill.stack.leash import Leash


def popen(command: list[Any], **options: Any) -> "subprocess.Popen[Any]":
    """Start a process group of its own; hand it to `let_go` once it has ended."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    _leash().add(process.pid)
    return process


def let_go(process: "subprocess.Popen[Any]") -> None:
    """Forget a process that has ended, as another may get its number."""
    _leash().remove(process.pid)


@cache
def _leash() -> Leash:
    scratch = Path(tempfile.mkdtemp(prefix="pm-leash-"))
    return Leash(lock=os.open(os.devnull, os.O_RDONLY), scratch=scratch)
