"""Files that a command writes where a person said."""

from pathlib import Path

from pp_cli.errors import Refused
from pp_cli.output import said


def spare(file: Path, *, force: bool) -> None:
    """Refuse to write over a file that is there."""
    if file.exists() and not force:
        raise Refused(said("cli.saving.there", file=file))


def save(file: Path, content: bytes) -> None:
    """Write it; a disk's refusal is told as a sentence."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Refused(said("cli.saving.unwritable", file=error.filename, why=error.strerror)) from error
