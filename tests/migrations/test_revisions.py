"""The schema's history: one line of revisions, up and down on a filled database."""

from collections.abc import Callable

import psycopg
from alembic.script import ScriptDirectory

import migrations
from pp_core.runtime.wiring import Runtime
from pp_core.workouts.operations import LogWorkout
from tests.conftest import Gateway, TestHome, onboard


def test_names_sort_in_the_order_of_revisions() -> None:
    script = ScriptDirectory.from_config(migrations.config_for(""))
    assert script.get_heads() == [migrations.newest()]
    newest_first = [revision.revision for revision in script.walk_revisions()]
    assert newest_first == sorted(newest_first, reverse=True)


async def test_down_and_up_again_on_a_filled_database(make_home: Callable[[], TestHome], gateway: Gateway) -> None:
    home = make_home()
    async with Runtime(home.settings, home, sms=gateway) as runtime:
        gym = await onboard(runtime)
        amina = await gym.add_member()
        await gym.person(amina).run(LogWorkout(text="squat 5x5 100"))
    assert home.urls.owner is not None
    migrations.downgrade(home.urls.owner, "base")
    with psycopg.connect(home.urls.owner) as connection:
        left = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('public', 'jobs') AND c.relkind IN ('r', 'v') AND c.relname <> 'alembic_version'"
        ).fetchall()
        functions = connection.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'pp\\_%'").fetchall()
    assert (left, functions) == ([], [])
    migrations.upgrade(home.urls.owner)
    assert migrations.state(home.urls.app) == migrations.wanted()
    async with Runtime(home.settings, home, sms=gateway) as runtime:
        gym = await onboard(runtime)
        amina = await gym.add_member()
        await gym.person(amina).run(LogWorkout(text="squat 5x5 100"))
