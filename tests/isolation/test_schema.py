"""The database is as the models declare: kinds, row-level security, policies, grants, keys, roles, functions."""

from collections.abc import Callable

import pytest

from . import schema


@pytest.mark.parametrize("check", schema.CHECKS, ids=lambda check: check.__name__)
def test_the_database_holds_the_rule(
    admin: schema.Connection, check: Callable[[schema.Connection], schema.Findings]
) -> None:
    assert check(admin) == []


def test_there_is_something_to_check(admin: schema.Connection) -> None:
    kinds = {model.kind for model in schema.declared().values()}
    assert kinds == set(schema.Kind)
    assert len(schema.definer_functions(admin)) > 5
