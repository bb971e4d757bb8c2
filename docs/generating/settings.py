"""settings.md, and the schemas of the file and of the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generating.markdown import NOTE, code, page, table
from provision.reports.schema import json_schema as report_schema
from provision.settings import SETTINGS, json_schema, template

if TYPE_CHECKING:
    from provision.settings import SettingRow


def settings() -> str:
    """Return every setting, and the whole commented file."""
    return page(
        "Settings",
        "`provision/settings/`",
        "A value is taken from the first of these that has one: "
        "the option, the environment (first variable that is set), `provision.yaml`, the default.\n"
        "Reports in JSON say for each value where it came from.",
        "Every problem with the settings is found before the first call; all are reported at once, with exit code 2.",
        "`--config FILE` names another file than `./provision.yaml`.\n"
        "[provision.schema.json](provision.schema.json) is its JSON Schema, for editors.",
        table(
            ("in the file", "what", "option", "environment", "default", "example"),
            (
                (
                    "" if row.trusted_only else code(row.key),
                    row.help,
                    code(row.option),
                    " ".join(map(code, row.environment)),
                    _default(row),
                    code(row.example),
                )
                for row in SETTINGS
            ),
        ),
        "## What a file may not say",
        "`provision.yaml` comes with a folder, and a plan file from somewhere: "
        "neither decides where a secret goes, nor what is run.\n"
        "The domain that tokens are sent to is taken from the credentials, an option or a variable only.\n"
        "Proxies, certificates, the file of credentials and the commands that some of those name are no settings: "
        "they are read from the environment and from the home folder, as Google's own tools do.\n"
        "A DNS name that an endpoint gives itself is used only within Google's domain.\n"
        "What a file does decide: the project, the account that is impersonated, the project that calls are charged "
        "to, and which pipelines are let in. Read it before `apply`, which shows its plan.",
        "## The whole file",
        "What `provision init` writes when it is told nothing:",
        f"```yaml\n{template({}).strip()}\n```",
    )


def _default(row: SettingRow) -> str:
    if isinstance(row.default, tuple):
        return " ".join(map(code, row.default))
    if isinstance(row.default, bool):
        return code(str(row.default).lower())
    return code(f"{row.default:g}" if isinstance(row.default, float) else row.default or "")


def schema() -> str:
    """Return the JSON Schema of provision.yaml."""
    note = {"$comment": NOTE.format(source="provision/settings/").replace("`", "")}
    return json.dumps(note | json_schema(), indent=2, ensure_ascii=False) + "\n"


def report() -> str:
    """Return the JSON Schema of the JSON report."""
    note = {"$comment": NOTE.format(source="provision/plan.py").replace("`", "")}
    return json.dumps(note | report_schema(), indent=2, ensure_ascii=False) + "\n"
