"""What stands behind a port where nothing is set up."""

from collections.abc import Mapping
from typing import Any

from pp_core.kernel.ports import SendOutcome, SendStatus


class NoBot:
    """The `ChatSender` port where no bot is set up."""

    async def send(self, *, chat: str, text: str, buttons: Mapping[str, Any] | None) -> SendOutcome:
        """Refuse for good: a message that waited for a bot would come too late."""
        return SendOutcome(SendStatus.REFUSED, reason="no bot is set up")

    async def send_picture(
        self, *, chat: str, picture: bytes, text: str, buttons: Mapping[str, Any] | None
    ) -> SendOutcome:
        """Refuse for good, likewise."""
        return await self.send(chat=chat, text=text, buttons=buttons)
