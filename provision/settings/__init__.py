"""Every setting there is, in one table; what is made from it is beside it."""

from provision.settings.exporters import json_schema, template
from provision.settings.reading import read_numbers, read_records, read_text
from provision.settings.schema import FieldRow, InvalidValue, SettingRow
from provision.settings.table import BY_KEY, SECTIONS, SETTINGS, Settings
from provision.settings.values import CAPABILITIES, CI_PROVIDERS, EVERYWHERE

__all__ = [
    "BY_KEY",
    "CAPABILITIES",
    "CI_PROVIDERS",
    "EVERYWHERE",
    "SECTIONS",
    "SETTINGS",
    "FieldRow",
    "InvalidValue",
    "SettingRow",
    "Settings",
    "json_schema",
    "read_numbers",
    "read_records",
    "read_text",
    "template",
]
