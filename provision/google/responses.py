"""Reading an answer that came with 200: it may be someone else's anyway, or not of the documented shape.

A proxy, a captive portal or a wrong host answers anything with 200. Where such an answer were read as "nothing is
there", a check would say no, or worse yes, by it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from provision.errors import ApiError, ErrorStatus
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def reading(service: str, method: str) -> Iterator[None]:
    """Read an answer; one that has another shape than is documented is refused as ``MALFORMED_RESPONSE``.

    Raises:
        ApiError: what is read is not what was due.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ApiError(
            ErrorStatus(
                service=service,
                method=method,
                status="MALFORMED_RESPONSE",
                message=redact(f"{type(error).__name__}: {error}"),
            )
        ) from error


def whole(body: Any) -> dict[str, Any]:
    """Return the body of an answer, which is a JSON object.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(body, dict):
        raise ValueError(f"the answer is a {type(body).__name__}, not an object")  # noqa: TRY004 - its value is wrong
    return body


def text(found: Mapping[str, Any], name: str) -> str:
    """Return a field that holds a text; empty where it is left out, as JSON of protocol buffers does.

    Raises:
        TypeError: it holds something else.
    """
    value = found.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"{name} is a {type(value).__name__}, not a text")
    return value


def listed(found: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that holds a list; empty where it is left out.

    Raises:
        TypeError: it holds something else.
    """
    value = found.get(name, [])
    if not isinstance(value, list):
        raise TypeError(f"{name} is a {type(value).__name__}, not a list")
    return value


def flag(found: Mapping[str, Any], name: str) -> bool:
    """Return a field that is true or false; false where it is left out.

    Raises:
        TypeError: it holds something else.
    """
    value = found.get(name, False)
    if not isinstance(value, bool):
        raise TypeError(f"{name} is a {type(value).__name__}, neither true nor false")
    return value


def fits(what: str, answered: str, *asked: str) -> None:
    """Hold an answer against the question: a proxy, a cache or a mistake answers another one as well.

    Raises:
        ValueError: what was answered about is not what was asked about.
    """
    if answered not in asked:
        raise ValueError(f"the answer does not fit: it is about {what} {answered or 'without a name'}, not {asked[0]}")


def texts(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a field that holds a list of texts; empty where it is left out.

    Raises:
        TypeError: it holds something else.
    """
    values = listed(found, name)
    if not all(isinstance(each, str) for each in values):
        raise TypeError(f"{name} holds something that is no text")
    return tuple(values)


def mapped(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a field that holds an object; empty where it is left out.

    Raises:
        TypeError: it holds something else.
    """
    value = found.get(name, {})
    if not isinstance(value, dict):
        raise TypeError(f"{name} is a {type(value).__name__}, not an object")
    return value
