"""Terraform's values as Python's: objects are dicts, lists and sets lists, and what is not known yet is `UNKNOWN`.

On the wire they are MessagePack; an unknown value is an extension, of code 0 or, where something is known, 12. A
number that is no whole one is text, as 0.9 has no exact float; so it stays until a request is made of it.
https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md
"""

from __future__ import annotations

from typing import Any, Final

import msgpack

from tests.terraform.standin import wire


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""A value that only an apply will tell."""


def decode(value: Any) -> Any:
    """Return what a DynamicValue holds."""
    if not value.msgpack:
        return None
    return msgpack.unpackb(value.msgpack, raw=False, ext_hook=_unknown, strict_map_key=False)


def _unknown(code: int, data: bytes) -> Any:
    return UNKNOWN


def encode(value: Any) -> Any:
    """Return a DynamicValue."""
    return wire.MESSAGES["DynamicValue"](msgpack=msgpack.packb(_exact(value), default=_extension))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return repr(value) if isinstance(value, float) else value


def _extension(value: Any) -> Any:
    if value is UNKNOWN:
        return msgpack.ExtType(0, b"\0")
    raise TypeError(f"{value!r} is no value of Terraform")


def is_known(value: Any) -> bool:
    """Tell whether everything in a value is known."""
    if isinstance(value, dict):
        return all(is_known(each) for each in value.values())
    if isinstance(value, list):
        return all(is_known(each) for each in value)
    return value is not UNKNOWN


def is_zero(value: Any) -> bool:
    """Tell whether the provider's SDK takes a value for no value at all."""
    return value is None or value in ("", 0, False, [], {})


def same(left: Any, right: Any) -> bool:
    """Tell whether two values make no difference to the provider's SDK: no value equals the zero value."""
    if is_zero(left) and is_zero(right):
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return all(same(left.get(name), right.get(name)) for name in {*left, *right})
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)
