"""The measured server: `python -m bench.server PORT` serves the product's application with the bare routes beside it."""

import asyncio
import sys

import uvicorn

from bench.bare import add_bare_routes
from bench.harness import SilentGateway
from pp_api.app import create
from pp_core.kernel import logging
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.serve import settle_memory
from pp_core.runtime.wiring import Runtime


async def serve(port: int) -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    logging.set_up(settings.log_level)
    with Home(settings) as home:
        async with Runtime(settings, home, sms=SilentGateway()) as runtime:
            app = create(runtime)
            add_bare_routes(app, runtime.database)
            config = uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                log_config=None,
                access_log=False,
                loop="uvloop",
                ws="websockets-sansio",
            )
            settle_memory()
            await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(serve(int(sys.argv[1])))
