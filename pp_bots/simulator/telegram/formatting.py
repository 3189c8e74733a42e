"""Texts and their entities: HTML as the Bot API reads it, and what it finds by itself in plain text.

Source: Bot API, "HTML style" and MessageEntity; the wording of errors is that of the public server. Offsets and lengths
count UTF-16 code units. Markdown is not read here.
"""

import html
import re
from html.entities import html5
from typing import Any

from pp_bots.simulator.telegram.parameters import refusal

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_ESCAPE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot));")
_FOUND = {
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    "mention": re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)"),
    "url": re.compile(r"(?<![\w@])https?://[^\s<>\"]+[^\s<>\".,!?)]"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}


def utf16(text: str) -> int:
    """Count a text as entities are counted."""
    return len(text.encode("utf-16-le")) // 2


def content_of(text: str, parse_mode: str, *, longest: int, entities: list[Any] | None = None) -> tuple[str, list[Any]]:
    """Read what a bot sends: the plain text, trimmed, and its entities. Raises ApiError as the Bot API says it."""
    marked: list[dict[str, Any]] = []
    match parse_mode.lower():
        case "html":
            text, marked = _read_html(text)
        case "":
            marked = [one for one in entities or [] if isinstance(one, dict)]
        case _:
            raise refusal("unsupported parse_mode")
    if len(text.strip()) > longest:
        raise refusal("message is too long" if longest == LONGEST_TEXT else "message caption is too long")
    return trimmed(text, marked)


def trimmed(text: str, marked: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Cut the blanks around a text, move its entities with it, and add those found by themselves."""
    cut = utf16(text) - utf16(text.lstrip())
    text = text.strip()
    size = utf16(text)
    moved = []
    for one in marked:
        start, end = max(0, one["offset"] - cut), min(size, one["offset"] + one["length"] - cut)
        if end > start:
            moved.append({**one, "offset": start, "length": end - start})
    covered = [(one["offset"], one["offset"] + one["length"]) for one in moved if one["type"] != "blockquote"]
    found = [
        one
        for one in found_in(text)
        if not any(start < one["offset"] + one["length"] and one["offset"] < end for start, end in covered)
    ]
    return text, sorted([*moved, *found], key=lambda one: (one["offset"], -one["length"]))[:MOST_ENTITIES]


def found_in(text: str) -> list[dict[str, Any]]:
    """Find commands, mentions, addresses and hashtags."""
    return [
        {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match.group())}
        for kind, pattern in _FOUND.items()
        for match in pattern.finditer(text)
    ]


def _read_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    text, at = "", 0
    opened: list[tuple[str, int, dict[str, str | None]]] = []
    entities: list[dict[str, Any]] = []
    while at < len(source):
        if source[at] == "&" and (escape := _ESCAPE.match(source, at)):
            text += _unescaped(escape)
            at = escape.end()
            continue
        if source[at] != "<":
            text += source[at]
            at += 1
            continue
        place = len(source[:at].encode())
        tag = _TAG.match(source, at)
        if tag is None:
            raise _unread(source, at, place)
        closing, name = tag.group(1), tag.group(2).lower()
        if not closing:
            _check_start(name, tag.group(3), place)
            opened.append((name, utf16(text), _attributes(tag.group(3))))
        elif not opened:
            raise refusal(f"can't parse entities: Unexpected end tag at byte offset {place}")
        else:
            expected, start, attributes = opened.pop()
            if name != expected:
                raise refusal(
                    f"can't parse entities: Unmatched end tag at byte offset {place}, "
                    f'expected "</{expected}>", found "</{name}>"'
                )
            if utf16(text) > start:
                entities.append(_entity(name, start, utf16(text) - start, attributes))
        at = tag.end()
    if opened:
        raise refusal(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return text, _joined(entities)


def _unread(source: str, at: int, place: int) -> Exception:
    name = re.match(r"</?([^\s>]*)", source[at:])
    if ">" not in source[at:]:
        kind = "end" if source.startswith("</", at) else "start"
        return refusal(f"can't parse entities: Unclosed {kind} tag at byte offset {place}")
    return refusal(
        f'can\'t parse entities: Unsupported start tag "{name.group(1) if name else ""}" at byte offset {place}'
    )


def _check_start(name: str, attributes: str, place: int) -> None:
    if name not in _KINDS:
        raise refusal(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {place}')
    if name == "span" and _attributes(attributes).get("class") != "tg-spoiler":
        raise refusal(f'can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset {place}')


def _attributes(source: str) -> dict[str, str | None]:
    found = {}
    for match in _ATTRIBUTE.finditer(source):
        value = next((one for one in match.groups()[1:] if one is not None), None)
        found[match.group(1).lower()] = None if value is None else html.unescape(value)
    return found


def _entity(name: str, start: int, length: int, attributes: dict[str, str | None]) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _KINDS[name], "offset": start, "length": length}
    if name == "a":
        entity["url"] = attributes.get("href") or ""
    if name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    if name == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id") or ""
    language = attributes.get("class") or ""
    if name == "code" and language.startswith("language-"):
        entity["language"] = language.removeprefix("language-")
    return entity


def _joined(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let a `code` with a language inside a `pre` be one block, and a link without an address be plain text."""
    result = []
    for one in entities:
        outer = next(
            (other for other in entities if other["type"] == "pre" and _same_place(one, other) and other is not one),
            None,
        )
        if one["type"] == "code" and outer is not None:
            if "language" in one:
                outer["language"] = one["language"]
            continue
        if one["type"] == "text_link" and not one["url"]:
            continue
        if one["type"] == "code":
            one.pop("language", None)
        result.append(one)
    return result


def _same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["offset"], one["length"]) == (other["offset"], other["length"])


def _unescaped(escape: re.Match[str]) -> str:
    hexadecimal, decimal, name = escape.groups()
    if name:
        return html5[f"{name};"]
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else escape.group()
