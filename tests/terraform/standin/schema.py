"""What the real provider accepts: `schema.json`, read once, and as the plugin protocol wants it.

The file holds facts about hashicorp/google 8.7.0; its header names where each was read.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.terraform.standin import wire

FILE: Final = Path(__file__).with_name("schema.json")

Block = dict[str, Any]
"""`attributes` and `blocks` by name, as the file holds them."""


@cache
def document() -> dict[str, Any]:
    """Return the file's content."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def resource(type_name: str) -> Block:
    """Return the schema of a resource."""
    found: Block = document()["resources"][type_name]
    return found


def data_source(type_name: str) -> Block:
    """Return the schema of a data source."""
    found: Block = document()["data_sources"][type_name]
    return found


def attributes(block: Block) -> dict[str, Any]:
    """Return a block's attributes."""
    found: dict[str, Any] = block.get("attributes", {})
    return found


def blocks(block: Block) -> dict[str, Any]:
    """Return a block's nested blocks."""
    found: dict[str, Any] = block.get("blocks", {})
    return found


def is_computed(attribute: dict[str, Any]) -> bool:
    """Tell whether the provider may set an attribute."""
    return "computed" in attribute["mode"]


def complete(block: Block, value: Any) -> Any:
    """Return an object with every attribute and block that its type has; None stays None."""
    if not isinstance(value, dict):
        return value
    found = {name: value.get(name) for name in attributes(block)}
    for name, inner in blocks(block).items():
        given = value.get(name)
        if inner["nesting"] == "single":
            found[name] = complete(inner, given)
        elif isinstance(given, list):
            found[name] = [complete(inner, each) for each in given]
        else:
            found[name] = [] if given is None else given
    return found


def to_wire() -> Any:
    """Return the answer to GetProviderSchema."""
    entry = wire.MESSAGES["SchemaEntry"]
    held = document()
    return wire.MESSAGES["SchemaAnswer"](
        provider=_schema(held["provider"]),
        resources=[entry(key=name, value=_schema(each)) for name, each in held["resources"].items()],
        data_sources=[entry(key=name, value=_schema(each)) for name, each in held["data_sources"].items()],
        # A destroy is planned too, as by every provider that is built with the SDK of today.
        capabilities=wire.MESSAGES["Capabilities"](plan_destroy=True),
    )


def _schema(block: Block) -> Any:
    return wire.MESSAGES["Schema"](version=block.get("schema_version", 0), block=_block(block))


def _block(block: Block) -> Any:
    return wire.MESSAGES["Block"](
        attributes=[_attribute(name, each) for name, each in attributes(block).items()],
        block_types=[
            wire.MESSAGES["NestedBlock"](
                type_name=name,
                block=_block(inner),
                nesting=wire.NESTING[inner["nesting"]],
                min_items=inner.get("min_items", 0),
                max_items=inner.get("max_items", 0),
            )
            for name, inner in blocks(block).items()
        ],
    )


def _attribute(name: str, attribute: dict[str, Any]) -> Any:
    mode = attribute["mode"]
    return wire.MESSAGES["Attribute"](
        name=name,
        type=json.dumps(attribute["type"]).encode(),
        required=mode == "required",
        optional=mode.startswith("optional"),
        computed=is_computed(attribute),
        sensitive=attribute.get("sensitive", False),
    )
