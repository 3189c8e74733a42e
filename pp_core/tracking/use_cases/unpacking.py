"""From a file that somebody sent to the recordings in it; whatever is wrong with it becomes a problem with a sentence."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from pp_core.kernel import locale
from pp_core.kernel.errors import Problem
from pp_core.kernel.ports import Answer, Confined
from pp_core.tracking.formats import columns
from pp_core.tracking.formats.found import Unreadable
from pp_core.tracking.operations import Sport
from pp_core.tracking.operations.files import (
    FileDamaged,
    FileHostile,
    FileNotTrack,
    FileTooLarge,
    FileTooSlow,
    FileWithoutPositions,
    FileWithoutTimes,
)
from pp_core.tracking.rules.track import Track

READER = "pp_core.tracking.formats.reading"
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class ReadTrack:
    """One recording. Moments are milliseconds since 1970 by the device's own clock; `skipped` counts points by reason.

    `source_key` is the same whenever the same recording is exported again, None where its format has no such key.
    """

    track: Track
    sport: Sport | None
    title: str | None
    creator: str | None
    pauses: list[list[int]]
    laps: tuple[int, ...]
    source_key: str | None
    skipped: dict[str, int]


@dataclass(slots=True, eq=False)
class ReadFile:
    """One file with its recordings, and what of it was refused."""

    name: str
    content: bytes
    tracks: list[ReadTrack] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)


class Unpacking:
    """One file on its way to its recordings. `others` counts, at the end, files of an archive that are no tracks."""

    def __init__(self, confined: Confined, content: bytes, name: str, language: str = "en") -> None:
        self._confined, self._content, self._name, self._language = confined, content, name, language
        self.others = 0

    async def files(self) -> AsyncGenerator[ReadFile, None]:
        """The file itself or, of an archive, each file in it as it is read, so that no more than one is held."""
        limits = self._confined.limits
        if len(self._content) > limits.upload_mb * _MEGABYTE:
            raise self._problem("too_large", {"reason": "upload", "limit": limits.upload_mb})
        bounds = {"files": limits.files, "file_mb": limits.file_mb, "all_mb": limits.all_mb}
        file = ReadFile(self._name, self._content)
        async with aclosing(self._confined.run(READER, self._content, bounds)) as answers:
            async for answer in answers:
                if "file" in answer.told:
                    if file.tracks or file.refused:
                        yield file
                    file = ReadFile(answer.told["file"], b"")
                elif "unpacked" in answer.told:
                    file.content = answer.buffers[0]
                elif "others" in answer.told:
                    self.others = answer.told["others"]
                else:
                    self._add(file, answer)
        if file.tracks or file.refused:
            yield file

    def _add(self, file: ReadFile, answer: Answer) -> None:
        told = answer.told
        if "refused" in told:
            file.refused.append(self._problem(told["refused"], told["data"]))
            return
        try:
            track, skipped, pauses = columns.made(told, answer.buffers)
        except Unreadable as refused:
            file.refused.append(self._problem(refused.code, refused.data))
            return
        file.tracks.append(
            ReadTrack(
                track=track,
                sport=None if told["sport"] is None else Sport(told["sport"]),
                title=told["title"],
                creator=told["creator"],
                pauses=[[first, last] for first, last in pauses],
                laps=tuple(told["laps"]),
                source_key=told["source_key"],
                skipped=skipped,
            )
        )

    def _problem(self, code: str, data: Mapping[str, Any]) -> Problem:
        key = f"tracking.file_reason.{data.get('reason', code)}"
        told = {**data, "why": locale.text(key, self._language, **data) if locale.has(key) else ""}
        match code:
            case "too_large":
                return FileTooLarge(**told)
            case "too_slow":
                return FileTooSlow(**told)
            case "not_track":
                return FileNotTrack(**told)
            case "hostile":
                return FileHostile(**told)
            case "without_times":
                return FileWithoutTimes(**told)
            case "without_positions":
                return FileWithoutPositions(**told)
            case _:
                return FileDamaged(**told)


async def read(confined: Confined, content: bytes, name: str, language: str = "en") -> list[ReadFile]:
    """All files of a file, for whoever wants them at once."""
    async with aclosing(Unpacking(confined, content, name, language).files()) as files:
        return [file async for file in files]
