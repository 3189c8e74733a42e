"""The client of docs/tracking-stream.md, as somebody would copy it, on a line that is cut."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pp_core.tracking.operations import DeleteActivity
from tests.api.conftest import Api
from tests.conftest import TestHome
from tests.tracking.runner import Frame, Runner, ago, stored, wire
from tests.tracking.ways import north

PAGE = Path(__file__).parents[3] / "docs" / "tracking-stream.md"


def documented() -> Any:
    [source] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)
    return names["stream"]


class Line:
    """A network between a phone and the server, which can be cut."""

    def __init__(self) -> None:
        self.url = ""
        self.dialled = 0
        self._open: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def to(self, url: str) -> AsyncIterator["Line"]:
        host, port = url.removeprefix("http://").split(":")

        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.dialled += 1
            inner, outer = await asyncio.open_connection(host, int(port))
            self._open += [writer, outer]
            await asyncio.gather(_pass_on(reader, outer), _pass_on(inner, writer))

        server = await asyncio.start_server(join, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws/tracking"
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        while self._open:
            self._open.pop().transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def test_it_dials_again_and_loses_nothing(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(100), metres=100, every=2)

    async def measured() -> AsyncIterator[Frame]:
        for place, point in enumerate(points):
            if place in (5, 11):
                line.cut()
            yield wire(point)
            await asyncio.sleep(0.02)

    async with Line().to(api.url) as line:
        await asyncio.wait_for(documented()(line.url, runner.token, measured()), 30)
    assert line.dialled >= 3
    assert stored(home, runner) == [point.ts for point in points]


async def test_it_gives_up_where_dialling_again_is_of_no_use(api: Api, runner: Runner) -> None:
    await runner.client.run(DeleteActivity(activity_id=runner.activity_id))

    async def measured() -> AsyncIterator[Frame]:
        for point in north(ago(100), metres=100, every=5):
            yield wire(point)
            await asyncio.sleep(0.05)

    async with Line().to(api.url) as line:
        with pytest.raises(ConnectionError, match=r"tracking\.not_out"):
            await asyncio.wait_for(documented()(line.url, runner.token, measured()), 30)
    assert line.dialled == 1
