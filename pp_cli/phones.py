"""Phones and chats of simulators that run beside us, driven over their control addresses."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pp_cli.processes import Broken, http

PATIENCE = 20.0


@dataclass
class Dialling:
    """A phone that dials a service code at a simulated network. Each page is the text that the handset shows."""

    network: str
    phone: str
    session: str = ""

    def dial(self) -> str:
        """Begin; the first page."""
        shown = http("POST", f"{self.network}/sim/ussd/sessions", {"phone": self.phone}, {}, {201})
        self.session = shown["session"]
        return self._page(shown)

    def type(self, text: str) -> str:
        """Answer a page; the next one."""
        address = f"{self.network}/sim/ussd/sessions/{self.session}/input"
        return self._page(http("POST", address, {"text": text}, {}, {200}))

    def _page(self, shown: dict[str, Any]) -> str:
        if shown["errors"]:
            raise Broken(f"the network complains: {', '.join(shown['errors'])}")
        return str(shown["text"])


@dataclass
class Chat:
    """A handset with Telegram on it, at a simulated one."""

    telegram: str
    name: str
    phone: str
    id: int = 0
    _seen: int = 0

    def open(self) -> str:
        """Be there and share one's own number; what the bot says to that."""
        person = {"first_name": self.name, "phone": self.phone}
        self.id = http("POST", f"{self.telegram}/sim/users", person, {}, {200, 201})["id"]
        return self._do("share-contact", {})

    def say(self, text: str) -> str:
        """Write to the bot; its answer."""
        return self._do("say", {"text": text})

    def edit(self, text: str) -> str:
        """Change the last message; the bot's answer."""
        return self._do("edit", {"text": text})

    def run(self, way: Sequence[tuple[float, float]], begins: int, every: int) -> tuple[str, str]:
        """Share the live location along `way`, a place each `every` seconds from `begins` (seconds since 1970), then stop.

        What the bot said to the first, and to the last.
        """
        (lat, lon), *others = way
        first = self._do("send-location", {"latitude": lat, "longitude": lon, "live_period": 7200, "at": begins})
        for number, (lat, lon) in enumerate(others[:-1], 1):
            self._act("move-location", {"latitude": lat, "longitude": lon, "at": begins + every * number})
        (lat, lon), end = others[-1], begins + every * len(others)
        return first, self._do("move-location", {"latitude": lat, "longitude": lon, "at": end, "stop": True})

    def _act(self, act: str, what: dict[str, Any]) -> None:
        http("POST", f"{self.telegram}/sim/users/{self.id}/{act}", what, {}, {200, 201})

    def _do(self, act: str, what: dict[str, Any]) -> str:
        self._act(act, what)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            heard = http(
                "GET", f"{self.telegram}/sim/users/{self.id}/events?after={self._seen}&wait=5", None, {}, {200}
            )
            self._seen = heard["last"]
            messages = [event["message"] for event in heard["events"] if event["kind"] != "action"]
            said = [str(one.get("text") or one.get("caption") or "") for one in messages]
            if any(said):
                return "\n".join(said)
        raise Broken(f"the bot did not answer {self.name} within {PATIENCE:.0f} seconds")
