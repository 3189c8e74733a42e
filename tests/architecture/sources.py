"""What the source files themselves must hold to, read without importing them. Each check takes a root and returns findings."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Findings = list[str]

DOORS = ("pp_api", "pp_cli", "pp_tui", "pp_bots")
CORE_PARTS = ("kernel", "runtime", "adapters", "client")
CODE = ("pp_core", *DOORS, "migrations")

CONTEXT_FILES = {
    "operations", "use_cases", "rules", "access", "queries", "models", "events", "public", "subscribers", "projections", "ingest",
}  # fmt: skip
CONTEXT_PACKAGES = {"operations", "use_cases", "rules", "queries", "models", "formats", "render", "ingest", "data"}
"""What a context may hold; the packages are split by subject."""

KERNEL_FILES = {
    "operation", "policy", "context", "handlers", "errors", "events", "ids", "money", "units", "phone", "clock", "locale",
    "ports", "outbox", "idempotency", "pagination", "crypto", "logging", "settings", "call", "gsm7", "validation",
    "wording", "proofreading", "normalise", "numbers", "watching",
}  # fmt: skip
RUNTIME_FILES = {
    "admission", "assets", "catalog", "database", "delivery", "doors", "health", "housekeeping", "jobs", "limits", "live",
    "pulse", "schedule", "serve", "streams", "upkeep", "wiring", "worker",
}  # fmt: skip
CLIENT_FILES = {"protocol", "local", "remote", "connect", "session", "signing_in"}
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "common",
    "misc",
    "manager",
    "managers",
    "base",
    "core",
    "lib",
}

LONGEST = 400
LONG_ON_PURPOSE = {
    "migrations/versions/2026_11_21_spine.py": "generated: the whole schema of the first release",
    "migrations/versions/2026_11_24_tracking.py": "generated: all tables of tracking",
    "tests/kernel/db/test_embedded.py": "one server's life, from its first start to the last kill",
    "tests/kernel/db/test_backup.py": "one backup's life, from the dump to what it refuses to restore",
}

SERVER_DOORS = ("pp_api", "pp_bots")
RUNS_THE_SERVER = "pp_cli/commands/machine/"
"""Commands for whoever holds the server's machine and its database: they start, migrate, inspect and save it."""


def files(root: Path, *parts: str) -> Iterator[Path]:
    """The Python files under these folders."""
    for part in parts:
        yield from sorted((root / part).rglob("*.py"))


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def contexts(root: Path) -> list[str]:
    """The contexts there are."""
    core = root / "pp_core"
    return sorted(p.name for p in core.iterdir() if (p / "__init__.py").exists() and p.name not in CORE_PARTS)


def wrong_names(root: Path) -> Findings:
    """Files whose name is not of the closed vocabulary, or says nothing."""
    problems = []
    for path in files(root, *CODE):
        parts = path.relative_to(root).with_suffix("").parts
        problems += [f"{_name(root, path)}: {part} says nothing" for part in parts if part in VAGUE]
        if parts[0] != "pp_core" or len(parts) < 3 or parts[2] == "__init__":
            continue
        known = {"kernel": KERNEL_FILES | {"db", "data"}, "runtime": RUNTIME_FILES, "client": CLIENT_FILES}.get(
            parts[1]
        )
        if known is None and parts[1] != "adapters":
            known = CONTEXT_FILES if len(parts) == 3 else CONTEXT_PACKAGES
        if known is not None and parts[2] not in known:
            problems.append(f"{_name(root, path)}: {parts[2]} is not of the vocabulary of {parts[1]}")
    return problems


def long_files(root: Path) -> Findings:
    """Files that should have become a package split by subject."""
    return [
        f"{_name(root, path)} has {lines} lines"
        for path in files(root, *CODE, "tests")
        if (lines := len(path.read_text().splitlines())) > LONGEST and _name(root, path) not in LONG_ON_PURPOSE
    ]


def undocumented(root: Path) -> Findings:
    """Modules, public classes and public functions without a docstring; protocols' and overrides' bodies count too."""
    problems = []
    for path in files(root, *CODE):
        tree = ast.parse(path.read_text())
        if tree.body and ast.get_docstring(tree) is None:
            problems.append(f"{_name(root, path)} has no docstring")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _public(tree, node):
                if ast.get_docstring(node) is None:
                    problems.append(f"{_name(root, path)}: {node.name} has no docstring")
    return problems


def _public(tree: ast.Module, node: ast.AST) -> bool:
    return node in tree.body and not getattr(node, "name", "_").startswith("_")


def imports(path: Path, root: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, relative ones spelled out; `from a import b` gives `a.b` too."""
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def deep_doors(root: Path) -> Findings:
    """Imports of a door beyond the kernel, operations and a client; server doors and commands of the server see the runtime."""
    problems = []
    for door in DOORS:
        for path in files(root, door):
            allowed = r"pp_core(\.[a-z_]+)?|pp_core\.(kernel|client)\..*|pp_core\.[a-z_]+\.operations(\..*)?"
            if door in SERVER_DOORS or _name(root, path).startswith(RUNS_THE_SERVER):
                allowed += r"|pp_core\.runtime\..*"
            for module in imports(path, root):
                if module.startswith("pp_core") and not re.fullmatch(allowed, module):
                    problems.append(f"{_name(root, path)} imports {module}")
                if module == "pp_core.runtime" and "runtime" not in allowed:
                    problems.append(f"{_name(root, path)} imports {module}")
    return problems


def deep_contexts(root: Path) -> Findings:
    """Imports of one context into another beyond its `public`, `events` and `operations`."""
    problems = []
    known = contexts(root)
    for context in known:
        for path in files(root, f"pp_core/{context}"):
            own = _name(root, path)
            for module in imports(path, root):
                parts = module.split(".")
                if len(parts) > 2 and parts[0] == "pp_core" and parts[1] in known and parts[1] != context:
                    seen = {"public", "events", "operations"}
                    if parts[2] not in seen:
                        problems.append(f"{own} imports {module}")
    return problems


def use_cases_run_use_cases(root: Path) -> Findings:
    """Use cases that reach for other operations' handlers or for the pipeline."""
    return [
        f"{_name(root, path)} imports {module}"
        for context in contexts(root)
        for path in files(root, f"pp_core/{context}")
        for module in imports(path, root)
        if module.startswith(("pp_core.kernel.handlers.handler_of", "pp_core.runtime", "pp_core.client"))
    ]


SQL_MAKERS = {"sql", "text", "execute", "executemany", "exec_driver_sql"}
SQL_WORDS = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE|DROP|GRANT|COMMENT|SET)\b")
PASTED_ON_PURPOSE = {
    "migrations/repeatable.py": "a digest of our own files",
    "pp_core/kernel/db/tables.py": "table names and policies of the models, written into migrations",
}


def pasted_sql(root: Path) -> Findings:
    """SQL put together from values at run time; only constants in capitals may be pasted in."""
    problems = []
    for path in files(root, *CODE):
        if _name(root, path) in PASTED_ON_PURPOSE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                words = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
                pasted = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
                if SQL_WORDS.search(words) and any(not _constant(value) for value in pasted):
                    problems.append(f"{_name(root, path)}:{node.lineno} pastes {ast.unparse(node)[:60]}")
            if isinstance(node, ast.Call) and _called(node) in SQL_MAKERS and node.args:
                first = node.args[0]
                formatted = (
                    isinstance(first, ast.Call) and _called(first) == "format" and isinstance(first.func, ast.Attribute)
                )
                if formatted and isinstance(first.func.value, ast.Constant):  # type: ignore[union-attr]
                    problems.append(f"{_name(root, path)}:{node.lineno} formats SQL as a string")
    return problems


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _constant(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        return _constant(value.func.value) and all(isinstance(one, ast.Constant) for one in given)
    return isinstance(value, ast.Name) and value.id.strip("_").isupper()


def loose_requirements(root: Path) -> Findings:
    """Pins without a hash, or with the address of an index."""
    problems = []
    for path in sorted((root / "requirements").glob("*.txt")):
        pins = re.split(r"\n(?=[A-Za-z0-9])", "\n" + path.read_text())
        for pin in pins[1:]:
            name = pin.split()[0]
            if not re.match(r"[A-Za-z0-9._\[\]-]+==\S+", name):
                problems.append(f"{path.name}: {name} is not pinned")
            if "--hash=sha256:" not in pin:
                problems.append(f"{path.name}: {name} has no hash")
        problems += [f"{path.name}: {line.strip()}" for line in _addresses(path.read_text())]
    return problems + (["uv.lock records where packages came from"] if (root / "uv.lock").exists() else [])


def _addresses(text: str) -> Iterable[str]:
    return (
        line
        for line in text.splitlines()
        if re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", line)
    )


CHECKS = (
    wrong_names, long_files, undocumented, deep_doors, deep_contexts, use_cases_run_use_cases, pasted_sql, loose_requirements,
)  # fmt: skip
