"""Operations, permissions, problems, events and texts fit together; what does not fit fails to import."""

from typing import ClassVar

import pytest
from pydantic import Field

from pp_core.kernel import locale
from pp_core.kernel.context import TenantContext, UserContext
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.events import Event
from pp_core.kernel.handlers import handles, on
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.policy import ROLE_PERMISSIONS, Permission, Policy, Scope
from pp_core.tenants.events import MemberAdded, PersonLeft
from pp_core.tenants.operations import GetGym, ListBranches
from pp_core.tenants.operations.gyms import GymRow

from . import declarations, sources


def test_every_operation_is_handled_in_its_context() -> None:
    assert declarations.unhandled(declarations.operations()) == []


def test_names_begin_with_the_context() -> None:
    assert declarations.badly_named(declarations.operations()) == []


def test_every_operation_has_a_test_of_its_own() -> None:
    assert declarations.untested(declarations.operations(), declarations.tests_of_use_cases(sources.ROOT)) == []


def test_every_field_is_described() -> None:
    assert declarations.undescribed(declarations.operations()) == []


def test_every_permission_is_granted_and_used() -> None:
    assert declarations.idle_permissions(declarations.operations(), ROLE_PERMISSIONS) == []


def test_problems_stand_beside_operations() -> None:
    assert declarations.undeclared_problems(declarations.operations(), declarations.problems()) == []


def test_what_is_raised_is_listed() -> None:
    assert declarations.unlisted_raises(sources.ROOT, declarations.operations(), declarations.problems()) == []


def test_events_are_of_their_context_and_emitted() -> None:
    assert declarations.odd_events() == []


def test_every_problem_has_a_text_in_both_languages() -> None:
    assert declarations.wrong_texts(locale.catalogue(), declarations.problems()) == []


def test_every_text_is_used() -> None:
    assert declarations.idle_texts(sources.ROOT, locale.catalogue(), declarations.problems()) == []


def test_an_operation_needs_a_policy() -> None:
    with pytest.raises(TypeError, match="policy"):

        class NoPolicy(Operation[Done]):
            """Do something."""


def test_an_operation_needs_a_docstring() -> None:
    with pytest.raises(TypeError, match="docstring"):

        class NoDocstring(Operation[Done]):
            policy: ClassVar = Policy(name="test.undocumented", scope=Scope.USER)


def test_an_operation_needs_a_result() -> None:
    with pytest.raises(TypeError, match="result"):

        class NoResult(Operation):  # type: ignore[type-arg]
            """Do something."""

            policy: ClassVar = Policy(name="test.resultless", scope=Scope.USER)


def test_a_field_needs_a_description() -> None:
    with pytest.raises(TypeError, match="description"):

        class NoDescription(Operation[Done]):
            """Do something."""

            policy: ClassVar = Policy(name="test.undescribed", scope=Scope.USER)
            name: str = Field(max_length=3)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(TypeError, match=r"tenants\.get is already GetGym's"):

        class Twice(Operation[Done]):
            """Do something."""

            policy: ClassVar = Policy(name="tenants.get", scope=Scope.USER)


def test_an_operation_of_a_gym_needs_a_permission() -> None:
    with pytest.raises(TypeError, match="permission"):

        class NoPermission(Operation[Done]):
            """Do something."""

            policy: ClassVar = Policy(name="test.unpermitted", scope=Scope.TENANT)


def test_only_an_operation_of_a_gym_has_a_permission() -> None:
    with pytest.raises(TypeError, match="permission"):

        class OddPermission(Operation[Done]):
            """Do something."""

            policy: ClassVar = Policy(name="test.odd", scope=Scope.USER, permission=Permission.GYM_READ)


def test_a_handler_takes_the_context_of_the_scope() -> None:
    with pytest.raises(TypeError, match="TenantContext"):

        @handles(GetGym)
        async def get_gym(ctx: UserContext, op: GetGym) -> GymRow:
            raise NotImplementedError


def test_a_handler_takes_the_operation() -> None:
    with pytest.raises(TypeError, match="not GetGym"):

        @handles(GetGym)
        async def get_gym(ctx: TenantContext, op: ListBranches) -> GymRow:
            raise NotImplementedError


def test_a_handler_returns_the_result() -> None:
    with pytest.raises(TypeError, match="returns"):

        @handles(GetGym)
        async def get_gym(ctx: TenantContext, op: GetGym) -> Done:
            raise NotImplementedError


def test_an_operation_is_handled_once() -> None:
    declarations.unhandled({})
    with pytest.raises(TypeError, match="already handled"):

        @handles(GetGym)
        async def get_gym(ctx: TenantContext, op: GetGym) -> GymRow:
            raise NotImplementedError


def test_a_subscriber_takes_the_event() -> None:
    with pytest.raises(TypeError, match="not MemberAdded"):

        @on(MemberAdded)
        async def greet(ctx: TenantContext, event: PersonLeft) -> None:
            raise NotImplementedError


def test_a_code_and_a_routing_key_are_taken_once() -> None:
    with pytest.raises(TypeError, match="already"):

        class Again(Problem):
            """Once more."""

            kind = Kind.INVALID
            code = "request.invalid"

    with pytest.raises(TypeError, match="already"):

        class Left(Event):
            """Somebody left."""

            name: ClassVar = "tenants.person.left"


def test_problems_and_events_need_a_docstring() -> None:
    with pytest.raises(TypeError, match="docstring"):

        class Silent(Problem):
            kind = Kind.INVALID
            code = "test.silent"

    with pytest.raises(TypeError, match="docstring"):

        class Quiet(Event):
            name: ClassVar = "test.quiet"


def test_results_are_frozen_and_closed() -> None:
    assert all(
        issubclass(one.result, Result)
        and one.result.model_config.get("frozen")
        and one.result.model_config.get("extra") == "forbid"
        for one in declarations.operations().values()
    )
