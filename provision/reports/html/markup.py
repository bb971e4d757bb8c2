"""Build HTML and SVG so that nothing gets in unescaped: only what `tag` made is markup, all else is text."""

from __future__ import annotations

import html
import re
from typing import Final

# What neither HTML nor XML can hold, not even escaped; and what turns the direction of text around.
_UNHOLDABLE: Final = re.compile(
    "[^\t\n\r\u0020-\u007e\u00a0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_VOID: Final = frozenset({"meta", "link", "br", "rect", "path", "circle", "line", "use"})


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Return one element.

    Args:
        name: the element's name.
        children: what is in it: `Markup` as it is, any other text escaped.
        attributes: ``class_`` and ``for_`` stand for the reserved words, ``_`` for ``-``; None leaves one out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not children:
        return Markup(f"<{name}{written}>" if name in {"meta", "link", "br"} else f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*parts: str) -> Markup:
    """Return the parts behind one another, escaped where they are not markup."""
    return Markup("".join(part if isinstance(part, Markup) else _escaped(part) for part in parts))


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def _escaped(text: str) -> str:
    return html.escape(_UNHOLDABLE.sub("\ufffd", text))
