"""What contexts declare (operations, permissions, problems, events, texts) fits together. Each check returns findings."""

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pp_core.kernel import events, handlers, proofreading
from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Permission, Role
from pp_core.runtime import catalog

from . import sources

Findings = list[str]
Operations = Mapping[str, type[Operation[Any]]]
Texts = Mapping[str, Mapping[str, Any]]

KERNEL_PROBLEMS = "pp_core.kernel."


def operations() -> Operations:
    """Every operation of the product."""
    return {name: one for name, one in catalog.load_operations().items() if one.__module__.startswith("pp_core.")}


def problems() -> dict[str, type[Problem]]:
    """Every problem of the product by code, with the code loaded that declares them."""
    catalog.load_handlers()
    return {code: one for code, one in Problem.registry.items() if one.__module__.startswith(("pp_core.", "pp_bots."))}


def unhandled(ops: Operations) -> Findings:
    """Operations that nobody handles, or not under their own name in their own context."""
    catalog.load_handlers()
    found = []
    for name, operation in ops.items():
        try:
            handler = handlers.handler_of(operation)
        except KeyError:
            found.append(f"{name} has no handler")
            continue
        if handler.__name__ != _snake(operation.__name__):
            found.append(f"{name} is handled by {handler.__name__}, not {_snake(operation.__name__)}")
        if _context(handler.__module__) != _context(operation.__module__):
            found.append(f"{name} is handled in {handler.__module__}")
        if not handler.__doc__:
            found.append(f"{handler.__name__} has no docstring")
    return found


def badly_named(ops: Operations) -> Findings:
    """Operations whose name does not begin with their context."""
    return [
        f"{operation.__name__} is called {name}, not {_context(operation.__module__)}.something"
        for name, operation in ops.items()
        if not re.fullmatch(rf"{_context(operation.__module__)}\.[a-z]+(_[a-z]+)*", name)
    ]


def untested(ops: Operations, tests: str) -> Findings:
    """Operations that no test of their own mentions, by class or by name."""
    return [
        f"{name} has no test"
        for name, operation in ops.items()
        if not re.search(rf"\b{operation.__name__}\b|[\"']{re.escape(name)}[\"']", tests)
    ]


def tests_of_use_cases(root: Path) -> str:
    """The text of all tests but those that are generated for every operation."""
    generated = (root / "tests/isolation", root / "tests/architecture")
    paths = (path for path in sources.files(root, "tests") if not any(path.is_relative_to(one) for one in generated))
    return "\n".join(path.read_text() for path in paths)


def undescribed(ops: Operations) -> Findings:
    """Fields without a description, docstrings that are no sentence: both feed help, OpenAPI and docs."""
    return [
        *(
            f"{n}.{f} has no description"
            for n, one in ops.items()
            for f, info in one.model_fields.items()
            if not info.description
        ),
        *(
            f"{n}: {one.__doc__!r}"
            for n, one in ops.items()
            if not (one.__doc__ or "").strip().splitlines()[0].endswith((".", ":"))
        ),
    ]


def idle_permissions(ops: Operations, grants: Mapping[Role, frozenset[Permission]]) -> Findings:
    """Permissions that no role but the one holding all has been given a reason for, or that nothing asks for."""
    used = {asked for one in ops.values() for asked in (one.policy.permission, one.policy.own_permission)}
    granted = frozenset().union(*grants.values())
    found = [f"{permission} is granted to no role" for permission in Permission if permission not in granted]
    found += [f"{permission} is used by no operation" for permission in Permission if permission not in used]
    for one in ops.values():
        own = one.policy.own_permission
        if own is not None and not own.value.endswith("_own"):
            found.append(f"{one.policy.name}: {own} does not end in _own")
    ordered = [permission.value for permission in Permission]
    return found + ([] if ordered == sorted(ordered) else ["permissions are not in alphabetical order"])


def undeclared_problems(ops: Operations, known: Mapping[str, type[Problem]]) -> Findings:
    """Problems declared elsewhere than beside an operation, or listed by none."""
    listed = {error for one in ops.values() for error in one.errors}
    found = []
    for code, problem in known.items():
        if problem.__module__.startswith((KERNEL_PROBLEMS, "pp_bots.")):
            continue
        if ".operations" not in problem.__module__:
            found.append(f"{problem.__name__} is declared in {problem.__module__}, not beside an operation")
        if problem not in listed:
            found.append(f"{problem.__name__} is listed by no operation")
        if not code.startswith(f"{_context(problem.__module__)}."):
            found.append(f"{problem.__name__} has the code {code}")
    return found


def unlisted_raises(root: Path, ops: Operations, known: Mapping[str, type[Problem]]) -> Findings:
    """Problems that a context raises though no operation of it lists them; and listed ones that nobody raises."""
    by_name = {problem.__name__: problem for problem in known.values()}
    found, raised = [], set()
    for context in sources.contexts(root):
        listed = {error for one in ops.values() if _context(one.__module__) == context for error in one.errors}
        for path in sources.files(root, f"pp_core/{context}"):
            for name, line in _raised(path):
                problem = by_name.get(name)
                raised.add(problem)
                if problem is None or problem.__module__.startswith(KERNEL_PROBLEMS) or problem in listed:
                    continue
                if any(problem in one.errors for one in ops.values()) and _lent(path):
                    continue  # raised for the contexts above, whose operations list it
                found.append(f"{path.relative_to(root)}:{line} raises {name}, which no operation of {context} lists")
    asked = {error for one in ops.values() for error in one.errors}
    return found + [
        f"{one.__name__} is listed and never raised" for one in asked if one not in raised and not _kernel(one)
    ]


def _raised(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        # `raise X`, `raise X(...)`, and a function that returns the problem for its caller to raise.
        value = node.exc if isinstance(node, ast.Raise) else node if isinstance(node, ast.Call) else None
        name = value.func if isinstance(value, ast.Call) else value
        if isinstance(name, ast.Name):
            yield name.id, node.lineno  # type: ignore[attr-defined]


def _lent(path: Path) -> bool:
    return path.stem in ("access", "public", "rules")


def _kernel(problem: type[Problem]) -> bool:
    return problem.__module__.startswith(KERNEL_PROBLEMS)


def odd_events() -> Findings:
    """Events whose routing key is not of two or three words, or that nobody emits."""
    catalog.load_handlers()
    for context in catalog.CONTEXTS:
        if (sources.ROOT / "pp_core" / context / "events.py").exists():
            import_module(f"pp_core.{context}.events")
    code = "\n".join(path.read_text() for path in sources.files(sources.ROOT, "pp_core") if path.stem != "events")
    found = []
    for name, event in events.events().items():
        if not event.__module__.startswith("pp_core."):
            continue
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+){1,2}", name):
            found.append(f"{event.__name__} has the routing key {name}")
        if not re.search(rf"\b{event.__name__}\(", code):
            found.append(f"{event.__name__} is emitted by nobody")
    return found


def wrong_texts(texts: Texts, known: Mapping[str, type[Problem]]) -> Findings:
    """Problems without a text, and what `pp texts check` finds wrong."""
    found = [f"{code} has no text" for code in known if code not in texts]
    return found + [f"{one.key} {one.language}: {one.fault} {dict(one.values)}" for one in proofreading.findings(texts)]


def idle_texts(root: Path, texts: Texts, known: Mapping[str, type[Problem]]) -> Findings:
    """Texts that no code asks for, and keys that code asks for in vain."""
    literals, patterns, asked = set(), [], set()
    for path in sources.files(root, *sources.CODE):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z0-9_.]+" for p in node.values]
                if any(isinstance(p, ast.Constant) and "." in str(p.value) for p in node.values):
                    patterns.append(re.compile("".join(parts)))
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "text"
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", str(first.value)):
                    asked.add(str(first.value))
    used = lambda key: key in known or key in literals or any(one.fullmatch(key) for one in patterns)  # noqa: E731
    return [
        *(f"{key} is asked for by nothing" for key in texts if not used(key)),
        *(f"{key} is asked for and is no text" for key in sorted(asked) if key not in texts),
    ]


def _context(module: str) -> str:
    return module.split(".")[1]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
