"""A pasted text, made ready to be read: without controls, boxes and wraps, and cut into one section for each error."""

from __future__ import annotations

import re
from typing import Final

from provision.redaction import redact

LONGEST: Final = 200_000
"""Characters; of a longer paste the beginning, the end, and what is near an error between them are read."""
_EDGE: Final = 50_000
_NEAR: Final = 15  # lines before and behind one that speaks of an error: an error body, or a traceback's end
_SPEAKS: Final = re.compile(
    r"googleapis\.com|\b(?:ERROR|Error|error)\b|PERMISSION_DENIED|RESOURCE_EXHAUSTED|FAILED_PRECONDITION|INVALID_ARGUMENT"
    r"|UNAUTHENTICATED|NOT_FOUND|ALREADY_EXISTS|UNAVAILABLE|[Pp]ermission|[Dd]enied|[Ff]orbidden|\"reason\"|[Qq]uota"
)
_TELLS: Final = re.compile(r"googleapis|gcloud|google|ErrorInfo|iam\b|projects/", re.IGNORECASE)

_CONTROL: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    # what has no width, or turns the direction of what follows
    r"|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_STAMP: Final = re.compile(
    r"^\s*(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?\]?\s+)+|^\s*##\[\w+\]|^::\w+(?: [^:]*)?::",
    re.MULTILINE,
)
# No name is as long: an encoded file or a token, on which a pattern could be busy for minutes.
_RUN: Final = re.compile(r"[\w.+/=@%~-]{400,}")
# What a build, a compose file or a provider's log puts before every line of someone else's output.
_LABEL: Final = re.compile(
    r"^(?:Step #\d+(?: - \"[^\"\n]*\")?: ?|\[DEBUG\] [\w.-]+: ?|app\[[\w.-]+\]: |[\w.\[\]-]+ \(local-exec\): |[a-z][\w.-]*\s+\| )+"
    r"(?:[\w/-]+ \d{4}-\d\d-\d\dT[\d:.]+Z [\w.]+\.go:\d+: )?",
    re.MULTILINE,
)
_BAR: Final = re.compile(r"^[ \t]*[│|╷╵][ \t]?", re.MULTILINE)
_BOXED: Final = re.compile(r"^[ \t]*[│╷]", re.MULTILINE)
_BEGINS: Final = re.compile(r"^\s*(?:(?:Error|ERROR): |ERROR: \(gcloud\.)")
_COMMAND: Final = re.compile(r"^\s*[$%+\u276f] \S")


def cleaned(pasted: str) -> str:
    """Return the text without colors, controls, time stamps and secrets, with plain quotes."""
    if len(pasted) > LONGEST:
        pasted = _excerpt(pasted)
    pasted = _RUN.sub(lambda run: f"{run[0][:150]} … {run[0][-150:]}", pasted)
    text = _CONTROL.sub("", pasted.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("“", '"').replace("”", '"').replace("\u2019", "'").replace("\u00a0", " ")
    return redact(_STAMP.sub("", _LABEL.sub("", _STAMP.sub("", text))))


def _excerpt(text: str) -> str:
    """Return the beginning and the end of a long log, and between them the lines near those that speak of an error.

    Where there is no room for all of those, lines that also speak of Google come first, and of lines that differ in
    numbers alone one is enough.
    """
    middle = text[_EDGE:-_EDGE].split("\n")
    speaking = [number for number, line in enumerate(middle) if _SPEAKS.search(line[:2000])]
    speaking.sort(key=lambda number: _TELLS.search(middle[number][:2000]) is None)
    kept: set[int] = set()
    told: set[str] = set()
    room = LONGEST - 2 * _EDGE
    for number in speaking:
        shape = re.sub(r"[0-9a-f]{6,}|[0-9]+", "#", middle[number][:300])
        if shape in told:
            continue
        told.add(shape)
        window = [each for each in range(max(0, number - _NEAR), min(len(middle), number + _NEAR)) if each not in kept]
        room -= sum(min(len(middle[each]), 2000) + 1 for each in window)
        if room < 0:
            break
        kept.update(window)
    return "\n".join([text[:_EDGE], *(middle[number][:2000] for number in sorted(kept)), text[-_EDGE:]])


def sections(text: str) -> list[str]:
    """Cut a cleaned text where one error ends and the next begins; the pieces together are the whole text.

    Terraform draws a box around each; gcloud and Go programs begin a line with the word. A command stays with the
    error that it met.
    """
    found: list[str] = []
    for box in _boxes(text):
        current: list[str] = []
        has_error = False
        for line in box.split("\n"):
            begins, command = bool(_BEGINS.match(line)), bool(_COMMAND.match(line))
            if (begins and has_error) or (command and has_error):
                found.append("\n".join(current))
                current, has_error = [], False
            current.append(line)
            has_error = has_error or begins
        found.append("\n".join(current))
    return [_unwrapped(each) for each in found if each.strip()] or [text]


def _boxes(text: str) -> list[str]:
    if not _BOXED.search(text):
        return [text]
    pieces = re.split(r"^[ \t]*[╷╵][^\n]*$", text, flags=re.MULTILINE)
    return [_BAR.sub("", piece) if _BOXED.search(piece) else piece for piece in pieces]


def _unwrapped(text: str) -> str:
    """Join lines that a terminal cut at its width, in the middle of a word."""
    lines = text.split("\n")
    longest = max(map(len, lines))
    if not 60 <= longest <= 250 or sum(len(line) == longest for line in lines) < 2:
        return text
    joined: list[str] = []
    for number, line in enumerate(lines):
        cut = number and len(lines[number - 1]) == longest and not line.startswith((" ", "\t")) and line
        if cut:
            joined[-1] += line
        else:
            joined.append(line)
    return "\n".join(joined)
