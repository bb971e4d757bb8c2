"""The secrets that this process holds, found wherever they are in a text and however they are written there.

A pattern knows how a token begins; a server that echoes one without its beginning, percent-encoded, in base64 or
broken by lines and tags passes by every pattern. What was held is known by its value.
"""

from __future__ import annotations

import base64
import re
import string
import threading
from typing import Final

SHORTEST: Final = 8
"""Shorter ones are not looked for: too much else would be hidden."""
_PART: Final = 12
"""So many characters of a secret in a row are a part of it, and by chance nothing else."""

_PEM_LINES: Final = re.compile(r"-----(?:BEGIN|END) [A-Z ]+-----")
_lock = threading.Lock()
_parts: set[str] = set()
_sizes: set[int] = set()  # how long they are: of thousands of parts a few lengths
_known: set[str] = set()

# One written thing at a time: what stands between, a character in another writing, plain characters, and the rest.
_CODED: Final = (
    r"(?P<between><[^<>]{0,200}>|\\[nrt]|[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x1f\x7f-\x9f]+)"
    r"|%(?:25){0,4}(?P<percent>[0-9A-Fa-f]{2})"
    r"|&#x0*(?P<hex>[0-9A-Fa-f]{1,4});|&#0*(?P<decimal>[0-9]{1,5});"
    r"|\\{1,4}u(?P<escape>[0-9A-Fa-f]{4})|\\{1,4}x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?P<named>&(?:amp|equals|sol|plus|period|lowbar|hyphen|dash);)"
)
_WRITTEN: Final = re.compile(rf"{_CODED}|(?P<plain>[A-Za-z0-9._~-]+)|(?P<other>.)", re.DOTALL)
_NO_PLAIN: Final = re.compile(_CODED)
# Only these: folding others makes two letters of one.
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NAMED: Final = {
    "&amp;": "&",
    "&equals;": "=",
    "&sol;": "/",
    "&plus;": "+",
    "&period;": ".",
    "&lowbar;": "_",
    "&hyphen;": "-",
    "&dash;": "-",
}


def remember(secret: object) -> None:
    """Take note of a secret, in every writing that is a text of its own; anything but a text is passed over."""
    if not isinstance(secret, str) or len(secret) < SHORTEST:
        return
    secret = _PEM_LINES.sub("", secret)  # every key has these
    with _lock:
        if secret in _known:
            return
        _known.add(secret)
        for written in _writings(secret):
            size = min(_PART, len(written))
            _sizes.add(size)
            _parts.update(written[start : start + size] for start in range(len(written) - size + 1))


def _writings(secret: str) -> set[str]:
    raw = secret.encode()
    found = {secret, raw.hex()}
    for shift in range(3):  # what is before it moves the groups of three bytes
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"x" * shift + raw).decode().rstrip("=")
            found.add(coded[(0, 2, 3)[shift] : -1])
    return {"".join(each.split()).translate(_LOWER) for each in found if len(each) >= SHORTEST}


def _readings(written: re.Match[str]) -> str:
    kind, text = str(written.lastgroup), written[0]
    if kind == "between":
        return ""
    if kind in {"plain", "other"}:
        return text
    if kind == "named":
        return _NAMED[text]
    number = int(written[kind], 10 if kind == "decimal" else 16)
    return chr(number) if number < 0x110000 else ""


def hide(text: str, instead: str) -> str:
    """Return the text with every part of a known secret replaced, whatever it is written in or broken by."""
    if not _parts or len(text) < SHORTEST or not _may_hold(text):
        return text
    read: list[str] = []
    places: list[tuple[int, int]] = []
    for written in _WRITTEN.finditer(text):
        reading = _readings(written).translate(_LOWER)
        start, end = written.span()
        alike = len(reading) == end - start
        read.append(reading)
        places.extend((start + at, start + at + 1) if alike else (start, end) for at in range(len(reading)))
    line = "".join(read)
    hidden: list[tuple[int, int]] = []
    for size in tuple(_sizes):
        found = (at for at in range(len(line) - size + 1) if line[at : at + size] in _parts)
        hidden.extend((places[at][0], places[at + size - 1][1]) for at in found)
    return _without(text, hidden, instead)


def _may_hold(text: str) -> bool:
    """Whether a part of a secret is in the text as it reads; where, takes longer to say."""
    line = _NO_PLAIN.sub(_readings, text).translate(_LOWER)
    return any(line[at : at + size] in _parts for size in tuple(_sizes) for at in range(len(line) - size + 1))


def _without(text: str, hidden: list[tuple[int, int]], instead: str) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in sorted(hidden):
        if start >= done:
            if not (pieces and start == done):
                pieces += [text[done:start], instead]
            done = end
        else:
            done = max(done, end)
    return "".join([*pieces, text[done:]])
