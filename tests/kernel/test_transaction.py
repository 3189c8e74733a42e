"""Transactions: begun on a connection that lives, ended without hiding what was wrong."""

import asyncio

import psycopg
import pytest

from pp_core.kernel.errors import NotFound
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import GetGym
from tests.conftest import Cluster, Gym

_END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pp app' AND datname = %s"
)


def end_connections(cluster: Cluster, runtime: Runtime) -> None:
    """What a restart of the server does to the connections that lie idle."""
    with psycopg.connect(runtime.home.urls.app) as asking:
        database = asking.info.dbname
    with psycopg.connect(cluster.lease.admin_url, autocommit=True) as connection:
        connection.execute(_END_ALL, (database,))


async def test_a_request_after_the_database_came_back_is_answered(gym: Gym, cluster: Cluster) -> None:
    await asyncio.gather(*(gym.operator.run(GetGym()) for _ in range(12)))  # several connections lie in the pool
    end_connections(cluster, gym.runtime)
    found = await asyncio.gather(*(gym.operator.run(GetGym()) for _ in range(12)))
    assert {one.slug for one in found} == {gym.slug}


async def test_what_was_wrong_is_told_even_when_the_connection_died_meanwhile(gym: Gym, cluster: Cluster) -> None:
    async def refuse() -> None:
        async with gym.runtime.database.transaction():
            end_connections(cluster, gym.runtime)
            raise NotFound(what="gym")

    with pytest.raises(NotFound):
        await refuse()
