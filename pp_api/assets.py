"""`GET /assets/{version}/{name}`: scripts and style sheets of our pages, which browsers may keep for good."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pp_core.runtime.assets import ServedFile, load

from .errors import NoSuchAddress

PATH = "/assets/{version}/{name}"


class Assets:
    """Serves the files from memory, read when the first of them is asked for. They hold nothing of any gym."""

    def __init__(self) -> None:
        self._files: dict[str, ServedFile] = {}

    async def answer(self, request: Request) -> Response:
        """One file, or that the browser has it already."""
        self._files = self._files or load()
        found = self._files.get(request.url.path)
        if found is None:
            raise NoSuchAddress
        headers = {
            "ETag": f'"{found.version}"',
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if known & {headers["ETag"], "*"}:
            return Response(status_code=304, headers=headers)
        codings = {each.partition(";")[0].strip() for each in request.headers.get("accept-encoding", "").split(",")}
        if "gzip" in codings:
            headers["Content-Encoding"] = "gzip"
        return Response(
            found.packed if "gzip" in codings else found.content,
            media_type=f"{found.media}; charset=utf-8",
            headers=headers,
        )


def routes() -> list[Route]:
    """The one address of all of them."""
    return [Route(PATH, Assets().answer, methods=["GET"], name=PATH)]
