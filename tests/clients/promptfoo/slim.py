"""Takes out of the lock file what promptfoo can do without: browsers, model runtimes, other vendors' SDKs."""

import json
from pathlib import Path

LOCK = Path(__file__).with_name("package-lock.json")

lock = json.loads(LOCK.read_text())
lock["packages"]["node_modules/promptfoo"].pop("optionalDependencies", None)
LOCK.write_text(json.dumps(lock, indent=2) + "\n")
