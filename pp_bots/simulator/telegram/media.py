"""Pictures, voice, stickers and files that people send; the bot downloads them with getFile."""

import base64
import struct
import zlib
from typing import Annotated

from pydantic import BeforeValidator, Field

from pp_bots.simulator.serving import BadRequestError
from pp_bots.simulator.telegram.acts import Act, say, tell
from pp_bots.simulator.telegram.parameters import ApiError
from pp_bots.simulator.telegram.sending import document_of, photo_of
from pp_bots.simulator.telegram.state import Chat, Json, Person
from pp_bots.simulator.telegram.world import World

STICKER_SIDE = 512


def _decoded(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Content = Annotated[bytes, BeforeValidator(_decoded)]
"""What is in a file, in base64."""


def small_picture(side: int = 8, colour: tuple[int, int, int] = (0, 128, 96)) -> bytes:
    """Draw a square PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * side) * side
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class SendPhoto(Act):
    """Send a picture, a small green one unless given in base64."""

    content: Content = Field(default_factory=small_picture)
    caption: str = ""

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        kept = world.state.keep("photos", "photo.jpg", "image/jpeg", self.content)
        try:
            size = photo_of(kept)
        except ApiError as error:
            raise BadRequestError(error.description) from None
        return await tell(world, say(world, person, chat, {"photo": [size], **_captioned(self.caption)}))


class SendDocument(Act):
    """Send a file, given in base64."""

    content: Content
    name: str = "file.bin"
    mime: str = "application/octet-stream"
    caption: str = ""

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        kept = world.state.keep("documents", self.name, self.mime, self.content)
        content = {"document": document_of(kept), **_captioned(self.caption)}
        return await tell(world, say(world, person, chat, content))


class SendVoice(Act):
    """Send a voice message of so many seconds; what it says may be given in base64."""

    content: Content = b"OggS"
    seconds: int = Field(default=3, ge=1)
    caption: str = ""

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        kept = world.state.keep("voice", "voice.oga", "audio/ogg", self.content)
        voice = {**kept.as_json(), "duration": self.seconds, "mime_type": kept.mime}
        return await tell(world, say(world, person, chat, {"voice": voice, **_captioned(self.caption)}))


class SendSticker(Act):
    """Send a sticker that stands for an emoji."""

    emoji: str = "💪"

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        kept = world.state.keep("stickers", "sticker.webp", "image/webp", b"RIFF\0\0\0\0WEBP")
        sticker = {
            **kept.as_json(),
            "type": "regular",
            "width": STICKER_SIDE,
            "height": STICKER_SIDE,
            "is_animated": False,
            "is_video": False,
            "emoji": self.emoji,
        }
        return await tell(world, say(world, person, chat, {"sticker": sticker}))


def _captioned(caption: str) -> Json:
    return {"caption": caption.strip()} if caption.strip() else {}
