"""Kenya's mobile networks as USSD meets them: how much fits on a screen, how long they wait, how they page.

Source: Africa's Talking help centre, article 1284096 (lengths; longer menus are paged by the network with `98:More` and
`00:Back`) and its article on session times; network codes from africastalking-laravel, `src/Enum/Network.php`. The figures of
Telkom, Equitel and the sandbox were not found; Safaricom's are taken.
"""

from dataclasses import dataclass

from pp_core.kernel import gsm7

MORE, BACK = "98", "00"
UCS2_MENU = 80
"""Characters of a menu that is not in the GSM alphabet: 160 octets at two each."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A network: `menu` and `typed` are characters, `idle` the seconds a phone may be silent."""

    name: str
    network_code: str
    menu: int = 160
    typed: int = 80
    idle: float = 30.0


SAFARICOM = Operator("Safaricom", "63902")
AIRTEL = Operator("Airtel", "63903", menu=184, typed=90, idle=60.0)
TELKOM = Operator("Telkom", "63907")
EQUITEL = Operator("Equitel", "63999")
SANDBOX = Operator("Sandbox", "99999")
OPERATORS = {each.network_code: each for each in (SAFARICOM, AIRTEL, TELKOM, EQUITEL, SANDBOX)}

# Ranges of the Communications Authority's numbering plan; numbers that were ported keep their prefix.
_PREFIXES = (
    *((f"+25473{digit}", AIRTEL) for digit in range(10)),
    *((f"+25475{digit}", AIRTEL) for digit in range(7)),
    *((f"+25478{digit}", AIRTEL) for digit in range(10)),
    *((f"+25410{digit}", AIRTEL) for digit in range(10)),
    *((f"+25477{digit}", TELKOM) for digit in range(10)),
    *((f"+25476{digit}", EQUITEL) for digit in range(3, 7)),
)


def operator_of(phone: str) -> Operator:
    """The network of a phone in E.164, by its prefix; Safaricom where none fits."""
    return next((operator for prefix, operator in _PREFIXES if phone.startswith(prefix)), SAFARICOM)


def room(text: str, operator: Operator) -> int:
    """How much of `text` fits on one screen: septets, or UTF-16 units when it is not all in the GSM alphabet."""
    return operator.menu if gsm7.is_gsm7(text) else UCS2_MENU


def units(text: str) -> int:
    """What `text` takes of a screen's room."""
    return gsm7.parts(text).units


def pages(text: str, operator: Operator) -> list[str]:
    """Cut a menu into screens as the network does, each but the last with `98:More`, each but the first with `00:Back`."""
    most = room(text, operator)
    if units(text) <= most:
        return [text]
    found: list[str] = []
    left = text
    while left:
        foot = f"\n{BACK}:Back" if found else ""
        if units(left) + units(foot) <= most:
            found.append(left + foot)
            break
        foot = f"\n{MORE}:More{foot.replace(chr(10), ' ')}"
        taken = _cut(left, most - units(foot))
        found.append(left[:taken].rstrip() + foot)
        left = left[taken:].lstrip()
    return found


def _cut(text: str, most: int) -> int:
    """Where to cut so that what is before takes at most `most`: after a line, else after a word, else anywhere."""
    wide = not gsm7.is_gsm7(text)
    used, end = 0, len(text)
    for index, char in enumerate(text):
        used += len(char.encode("utf-16-le")) // 2 if wide else units(char)
        if used > most:
            end = index
            break
    for between in ("\n", " "):
        at = text.rfind(between, 1, end + 1)
        if at > end // 2:
            return at
    return max(end, 1)
