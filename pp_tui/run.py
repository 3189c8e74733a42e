"""`pp tui`: from a person's choices to a running screen."""

import gc
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pp_core.kernel.locale import language_of
from pp_core.kernel.policy import Door

if TYPE_CHECKING:
    from pp_core.client.signing_in import Reached


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever starts the screen chose."""

    language: str = "en"
    look: str = "dark"  # or light
    lock_minutes: float = 5.0  # 0: never by itself
    server: str | None = None
    local: bool = False
    gym: str | None = None

    @classmethod
    def from_environment(cls) -> "Options | None":
        """What PP_LANG, PP_LOOK, PP_LOCK, PP_SERVER and PP_GYM choose, as for `pp tui`; None when one of them cannot be."""
        given = os.environ.get
        look = given("PP_LOOK") or "dark"
        try:
            lock = float(given("PP_LOCK") or 5.0)
        except ValueError:
            return None
        if look not in ("dark", "light") or not 0 <= lock < float("inf"):
            return None
        return cls(
            language=language_of(os.environ),
            look=look,
            lock_minutes=lock,
            server=given("PP_SERVER") or None,
            gym=given("PP_GYM") or None,
        )


def run(options: Options) -> None:
    """Show the screen until it is left."""
    gc.disable()  # nothing that is loaded is garbage; `loading.settle` turns it on again behind the first picture
    from pp_core.client import session
    from pp_tui.app import PulseApp

    login = None if options.local else session.load(options.server)
    PulseApp(
        _reach(options),
        language=options.language,
        look=options.look,
        gym=options.gym,
        signed_in=login is not None,
        idle_seconds=options.lock_minutes * 60,
    ).run()


def _reach(options: Options) -> "Callable[[], AbstractAsyncContextManager[Reached]]":
    def reached() -> "AbstractAsyncContextManager[Reached]":
        # The application has loaded it in the background by then.
        from pp_core.client.signing_in import reach

        return reach(
            door=Door.TUI, gym=options.gym, language=options.language, server=options.server, local=options.local
        )

    return reached
