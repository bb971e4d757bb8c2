"""What a row of the settings holds."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance

Value = TypeVar("Value")
Kind = Literal["string", "boolean", "list", "map", "number", "numbers", "integer", "array"]


# How a value is read, by the type of its field.
_KINDS: Final[dict[str, Kind]] = {
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "tuple[str, ...]": "list",
    "tuple[float, ...]": "numbers",
    "tuple[Waiver, ...]": "array",
    "dict[str, str]": "map",
}
_ROW: Final = "row"


class InvalidValue(ValueError):
    """A value that cannot be used; carries cause and fix, and where in a record it is."""

    def __init__(self, cause: str, fix: str, *, where: str = "", value: Any = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix
        self.where = where
        self.value = value


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One field of a record; every field is required. ``check`` and ``private`` are as in `SettingRow`, for text."""

    name: str
    help: str
    example: str
    pattern: str
    check: Callable[[str], Any]
    private: bool = False


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One setting.

    Attributes:
        key: its dotted name in ``provision.yaml``.
        attribute: its name in `provision.config.Config`.
        check: returns the value in its final form, or raises `InvalidValue`.
        environment: the variables it is read from, first that is set wins.
        option: the command-line option; ``flag`` pairs are written ``--x/--no-x``.
        example: what the commented file shows.
        terraform: only the Terraform module does it; `plan` and `apply` refuse it by name instead of ignoring it.
        private: what is here names a person, a company or something of theirs: `--redact` hides it everywhere.
        trusted_only: it decides where a secret is sent. Only an option or a variable can say it, never a file: whoever
            enters a folder has not read the `provision.yaml` in it, nor the plan file that someone sent.
        fields: of each record, where the setting is a list of records; ``check`` gets a tuple of maps.
    """

    key: str
    attribute: str
    kind: Kind
    default: Any
    help: str
    example: str
    check: Callable[[Any], Any]
    environment: tuple[str, ...] = ()
    option: str = ""
    pattern: str = ""
    minimum: float | None = None
    terraform: bool = False
    private: bool = False
    trusted_only: bool = False
    fields: tuple[FieldRow, ...] = ()


def setting(  # noqa: PLR0913 - what a row holds
    key: str,
    *,
    default: Value,
    help: str,  # noqa: A002 - as click calls it
    example: str,
    check: Callable[[Any], Any],
    environment: tuple[str, ...] = (),
    option: str = "",
    pattern: str = "",
    minimum: float | None = None,
    terraform: bool = False,
    private: bool = False,
    trusted_only: bool = False,
    fields: tuple[FieldRow, ...] = (),
) -> Value:
    """Return the field of a setting; the arguments are those of its `SettingRow`."""
    row = {name: value for name, value in locals().items() if name != "default"}
    return field(default_factory=lambda: copy(default), metadata={_ROW: row | {"default": default}})


def rows_of(settings: type[DataclassInstance]) -> tuple[SettingRow, ...]:
    """Return the row of each field, those of a section together, wherever its field is."""
    rows = [
        SettingRow(attribute=each.name, kind=_KINDS[str(each.type)], **each.metadata[_ROW]) for each in fields(settings)
    ]
    sections = [row.key.partition(".")[0] for row in rows]
    return tuple(sorted(rows, key=lambda row: sections.index(row.key.partition(".")[0])))
