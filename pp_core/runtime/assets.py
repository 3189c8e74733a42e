"""The files that pages of ours load beside themselves, for the door that serves them."""

from dataclasses import dataclass
from gzip import compress


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file that never changes at its address. `packed` is the same, gzipped."""

    media: str
    version: str
    content: bytes
    packed: bytes


def load() -> dict[str, ServedFile]:
    """All of them, by their address."""
    from pp_core.tracking.render import assets

    return {
        path: ServedFile(one.media, one.version, one.content, compress(one.content, 9, mtime=0))
        for path, one in assets.served().items()
    }
