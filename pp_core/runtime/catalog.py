"""The catalogue: imports every context's operations, handlers, subscribers and tables, and knows nothing else of them."""

import hashlib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pp_core.kernel.operation import Operation, operations
from pp_core.kernel.watching import Topic, topics

CONTEXTS = (
    "audit",
    "identity",
    "tenants",
    "notifications",
    "memberships",
    "health",
    "workouts",
    "tracking",
    "wellbeing",
    "analytics",
)


def load_operations() -> dict[str, type[Operation[Any]]]:
    """Every operation by name; imports contracts only."""
    _import("operations")
    return operations()


def load_topics() -> dict[str, type[Topic]]:
    """Every topic by name; they stand beside the operations."""
    _import("operations")
    return topics()


def load_handlers() -> None:
    """Bind every handler and subscriber."""
    load_operations()
    for part in ("use_cases", "subscribers"):
        _import(part)


def load_models() -> None:
    """Map every table."""
    import_module("pp_core.kernel.idempotency")
    import_module("pp_core.kernel.outbox")
    _import("models")


@cache
def build() -> str:
    """A digest of all contracts: what a remote client and a server compare before they trust each other's types.

    It is taken of the contracts' source: making every JSON schema would cost a command more than its request does.
    """
    core = Path(__file__).parents[1]
    sources = [*core.glob("*/operations.py"), *core.glob("*/operations/*.py"), *(core / "kernel").glob("*.py")]
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.relative_to(core).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _import(part: str) -> None:
    for context in CONTEXTS:
        module = f"pp_core.{context}.{part}"
        if find_spec(module) is not None:
            import_module(module)
