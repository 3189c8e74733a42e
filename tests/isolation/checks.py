"""What every operation owes whatever it does: each check runs it for real and returns what was wrong."""

import json
from typing import Any

from pydantic import SecretStr

from pp_core.kernel import handlers
from pp_core.kernel.call import Anonymous, BearerToken, Call, Credentials, Operator, System, VerifiedPhone
from pp_core.kernel.db.statement import sql
from pp_core.kernel.errors import (
    FeatureMissing,
    GymSuspended,
    Internal,
    KeyReused,
    Kind,
    NotOfThisGym,
    NotSignedIn,
    PermissionMissing,
    WrongScope,
)
from pp_core.kernel.ids import PLATFORM
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import ROLE_PERMISSIONS, Role, Scope

from .examples import EXAMPLES
from .world import Caller, Outcome, World

Findings = list[str]
Kinds = type[Operation[Any]]
AUDIT = ("audit_entries",)


async def _make(world: World, operation: Kinds, caller: Caller) -> Operation[Any]:
    return await EXAMPLES[operation.policy.name](world, caller)


async def strangers(world: World, operation: Kinds) -> Findings:
    """Nobody signed in, or with a token that is not ours, gets anywhere but to public operations, and changes nothing."""
    op = await _make(world, operation, world.caller_for(operation.policy.scope, world.a))
    before = world.everything()
    problems = []
    for credentials in (Anonymous(), BearerToken("eyJhbGciOiJub25lIn0.e30.")):
        outcome = await world.run(op, credentials)
        if not isinstance(outcome.problem, NotSignedIn):
            problems.append(f"{type(credentials).__name__}: {outcome}")
    return problems + _changes("a stranger", before, world.everything())


async def strangers_are_served(world: World, operation: Kinds) -> Findings:
    """A public operation asks for no sign-in."""
    op = await _make(world, operation, world.caller_for(operation.policy.scope, world.a))
    outcome = await world.run(op, Anonymous())
    return [] if outcome.problem is None else [str(outcome)]


async def wrong_sorts(world: World, operation: Kinds) -> Findings:
    """Callers whose sort does not fit the scope are refused as such, and change nothing but the audit trail."""
    scope = operation.policy.scope
    caller = world.who(world.a)
    op = await _make(world, operation, caller)
    sorts: dict[str, Credentials] = {
        "a person": caller.token,
        "a login in no gym": caller.gymless,
        "a phone": caller.by_phone,
        "an operator": Operator("tester"),
        "the system": System("tester"),
    }
    fitting = {
        Scope.USER: {"a person", "a login in no gym"},
        Scope.TENANT: {"a person", "a phone"},
        Scope.PLATFORM: {"an operator", "the system"},
        Scope.SYSTEM: {"the system"},
    }[scope]
    problems = []
    before = world.everything(but=AUDIT)
    for sort, credentials in sorts.items():
        if sort not in fitting:
            outcome = await world.run(op, credentials)
            if not isinstance(outcome.problem, WrongScope):
                problems.append(f"{sort}: {outcome}")
    return problems + _changes("a wrong sort of caller", before, world.everything(but=AUDIT))


async def platform_people(world: World, operation: Kinds) -> Findings:
    """A platform operation serves the login of a SUPER_ADMIN."""
    caller = world.super_admin()
    outcome = await world.run(await _make(world, operation, caller), caller.gymless)
    return [] if outcome.problem is None else [f"a SUPER_ADMIN: {outcome}"]


async def roles(world: World, operation: Kinds, role: Role) -> Findings:
    """The role may exactly what its permissions say; a refusal names the permission, changes nothing and is written down."""
    policy = operation.policy
    assert policy.permission is not None
    granted = ROLE_PERMISSIONS[role]
    caller = world.who(world.a, role)
    op = await _make(world, operation, world.who(world.a))
    before = world.everything(but=AUDIT)
    outcome = await world.run(op, caller.token)
    if policy.permission in granted:
        return [] if outcome.problem is None else [f"{role} holds {policy.permission}: {outcome}"]
    if policy.own_permission in granted:
        kinds = (Kind.NOT_FOUND, Kind.FORBIDDEN)
        wrong = (
            outcome.problem is None
            or outcome.problem.kind not in kinds
            or isinstance(outcome.problem, PermissionMissing)
        )
        problems = [f"{role} reaches what is not their own: {outcome}"] if wrong else []
    else:
        problem = outcome.problem
        right = isinstance(problem, PermissionMissing) and problem.data == {"permission": policy.permission.value}
        problems = [] if right else [f"{role} lacks {policy.permission}: {outcome}"]
        problems += _written_down(world, outcome, op, PermissionMissing.code, caller)
    return problems + _changes(f"{role}'s refusal", before, world.everything(but=AUDIT))


async def suspended(world: World, operation: Kinds) -> Findings:
    """While the gym is suspended its reads work; its writes are refused and change nothing but the audit trail."""
    caller = world.who(world.a)
    op = await _make(world, operation, caller)
    with world.gym_with(world.a, status="suspended"):
        before = world.everything(but=AUDIT)
        outcome = await world.run(op, caller.token)
        problems = _changes("a suspended gym", before, world.everything(but=AUDIT))
    if operation.policy.reads_only or operation.policy.works_suspended:
        return problems + ([] if outcome.problem is None else [str(outcome)])
    if not isinstance(outcome.problem, GymSuspended):
        problems.append(str(outcome))
    return problems


async def unentitled(world: World, operation: Kinds) -> Findings:
    """A gym whose subscription lacks the feature is refused, and told which."""
    caller = world.who(world.a)
    op = await _make(world, operation, caller)
    with world.gym_with(world.a, features=[]):
        before = world.everything(but=AUDIT)
        outcome = await world.run(op, caller.token)
        problems = _changes("an unentitled gym", before, world.everything(but=AUDIT))
    feature = operation.policy.feature
    right = isinstance(outcome.problem, FeatureMissing) and outcome.problem.data == {"feature": feature}
    return problems + ([] if right else [str(outcome)])


async def other_gym(world: World, operation: Kinds) -> Findings:
    """With what exists in gym A, callers of gym B find nothing, are told nothing of A, and change nothing of it."""
    problems = []
    callers: dict[str, Credentials] = {
        "the other gym's administrator": world.who(world.b).token,
        "the other gym's operator": Operator("tester", world.b.slug),
    }
    for sort, credentials in callers.items():
        op = await _make(world, operation, world.who(world.a))
        before, secret = world.of(world.a), world.ids_of(world.a) - world.said_in(world.b) - _phones(op)
        outcome = await world.run(op, credentials)
        if outcome.problem is not None and outcome.problem.kind is not Kind.NOT_FOUND:
            problems.append(f"{sort}: {outcome}")
        if outcome.answer is not None and (told := _words(outcome.answer.model_dump(mode="json")) & secret):
            problems.append(f"{sort} is told {sorted(told)[:3]} of another gym")
        problems += _changes(sort, before, world.of(world.a))
    strayed = VerifiedPhone(world.who(world.a).phone, world.b.id, world.who(world.a).person_id)
    outcome = await world.run(op, strayed)
    if not isinstance(outcome.problem, NotOfThisGym):
        problems.append(f"a phone of another gym: {outcome}")
    return problems + _changes("a phone of another gym", before, world.of(world.a))


async def other_login(world: World, operation: Kinds) -> Findings:
    """With what belongs to one login, another finds nothing and changes nothing of it."""
    owner, other = world.join(world.a), world.join(world.b)
    op = await _make(world, operation, owner)
    before, secret = world.of(world.a), world.ids_of(world.a) | {str(owner.user_id), str(owner.session_id), owner.phone}
    outcome = await world.run(op, other.token)
    problems = _changes("another login", before, world.of(world.a))
    if isinstance(outcome.problem, Internal):
        problems.append(str(outcome))
    if outcome.answer is not None and (told := _words(outcome.answer.model_dump(mode="json")) & secret):
        problems.append(f"another login is told {sorted(told)[:3]}")
    return problems


async def replays(world: World, operation: Kinds) -> Findings:
    """The same request under the same key acts once and is answered the same; another one is refused."""
    caller = world.caller_for(operation.policy.scope, world.a)
    credentials = world.fitting(operation.policy.scope, caller)
    op, other = await _make(world, operation, caller), await _make(world, operation, caller)
    if op == other:
        return ["the example is always the same, so that nothing can be said of another request under its key"]
    key = f"key {op.policy.name} {world.a.slug} {id(op)}"
    first = await world.run(op, credentials, key)
    if first.problem is not None or first.call.replayed:
        return [f"at first: {first}"]
    before = world.everything(but=AUDIT)
    again = await world.run(op, credentials, key)
    problems = _changes("a replay", before, world.everything(but=AUDIT))
    if again.answer != first.answer or not again.call.replayed:
        problems.append(f"replayed: {again}, at first: {first}")
    clash = await world.run(other, credentials, key)
    if not isinstance(clash.problem, KeyReused):
        problems.append(f"another request under the key: {clash}")
    return problems + _changes("another request under the key", before, world.everything(but=AUDIT))


async def repeats(world: World, operation: Kinds) -> Findings:
    """What a gateway or a worker says twice is done once: those have no keys."""
    op = await _make(world, operation, world.who(world.a))
    first = await world.run(op, System("tester"))
    before = world.everything(but=AUDIT)
    again = await world.run(op, System("tester"))
    problems = [str(outcome) for outcome in (first, again) if outcome.problem is not None]
    return problems + _changes("a repetition", before, world.everything(but=AUDIT))


_READ_ONLY = sql("SHOW transaction_read_only")


async def reads(world: World, operation: Kinds) -> Findings:
    """A read works, runs in a read-only transaction, and writes nothing, not even an audit row."""
    caller = world.caller_for(operation.policy.scope, world.a)
    op = await _make(world, operation, caller)
    bound = handlers.handler_of(operation)
    modes: list[str] = []

    async def watching(ctx: Any, op: Any) -> Any:
        modes.append("none" if ctx.tx is None else await ctx.tx.value(_READ_ONLY))
        return await bound(ctx, op)

    before = world.everything()
    handlers._handlers[operation] = watching
    try:
        outcome = await world.run(op, world.fitting(operation.policy.scope, caller))
    finally:
        handlers._handlers[operation] = bound
    problems = [] if outcome.problem is None else [str(outcome)]
    if modes != ["on" if operation.policy.database else "none"]:
        problems.append(f"the transaction's read-only mode is {modes}")
    return problems + _changes("a read", before, world.everything())


async def audits(world: World, operation: Kinds) -> Findings:
    """A write leaves exactly one audit row that says who did what through which door, and no secret."""
    caller = world.caller_for(operation.policy.scope, world.a)
    op = await _make(world, operation, caller)
    outcome = await world.run(op, world.fitting(operation.policy.scope, caller))
    if outcome.problem is not None:
        return [str(outcome)]
    if not operation.policy.audited:
        return [f"audited all the same: {row.operation}" for row in world.audit(outcome.call)]
    return _written_down(world, outcome, op, "done", caller)


def _written_down(world: World, outcome: Outcome, op: Operation[Any], ending: str, caller: Caller) -> Findings:
    rows = world.audit(outcome.call)
    if len(rows) != 1:
        return [f"{len(rows)} audit rows, not one"]
    row, scope = rows[0], op.policy.scope
    wanted = {
        "operation": op.policy.name,
        "door": outcome.call.door.value,
        "ip": outcome.call.ip,
        "outcome": ending,
        "actor": _actor(outcome.call, caller),
        "tenant_id": world.a.id if scope is Scope.TENANT else PLATFORM,
    }
    found = {name: getattr(row, name) for name in wanted}
    problems = [] if found == wanted else [f"the audit row says {found}, not {wanted}"]
    written = json.dumps(row.detail, ensure_ascii=False)
    for name in type(op).model_fields:
        value = getattr(op, name)
        if isinstance(value, SecretStr) and value.get_secret_value() in written:
            problems.append(f"the audit row tells the secret in {name}")
    return problems


def _actor(call: Call, caller: Caller) -> str:
    match call.credentials:
        case BearerToken():
            return f"user:{caller.user_id}"
        case Operator(name):
            return f"operator:{name}"
        case System(name):
            return f"system:{name}"
        case _:
            return "?"


def _changes(whose: str, before: dict[str, str], after: dict[str, str]) -> Findings:
    changed = sorted(name for name in before if before[name] != after[name])
    return [f"{whose} changed {', '.join(changed)}"] if changed else []


def _phones(op: Operation[Any]) -> set[str]:
    """The phones in a request: an answer may repeat them to whoever gave them."""
    return {value for value in _words(op.model_dump(mode="json")) if value.startswith("+")}


def _words(value: Any) -> set[str]:
    """Every string in a JSON value."""
    if isinstance(value, dict):
        return set().union(*(_words(one) for one in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(_words(one) for one in value)) if value else set()
    return {value} if isinstance(value, str) else set()
