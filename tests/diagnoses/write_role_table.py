"""Write `provision/catalog/role_of_permission.json` anew from answers of IAM's roles.get.

``python -m tests.diagnoses.write_role_table FOLDER DAY``: a folder with one JSON file for each predefined role, and the
day on which they were read. Which roles are of everyday use is kept in the file itself: that is a choice of ours.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import provision.catalog

TABLE: Final = Path(provision.catalog.__file__).with_name("role_of_permission.json")
_BASIC: Final = ("roles/owner", "roles/editor", "roles/viewer")
_NEVER: Final = {*_BASIC, "roles/admin", "roles/writer", "roles/reader", "roles/iam.workloadIdentityUser"}
_PARTS_OF_NEVER: Final = ("serviceagent", "legacy", "expressmode", ".express", "migration")
_READING: Final = ("get", "list", "search", "query", "check", "test", "export", "analyze", "view", "read")
_HOMES: Final = {"resourcemanager": ("resourcemanager", "browser", "billing", "iam")}
# Binding a tag to something is of Tag User's, not of whoever administers that thing.
_OF_TAGS: Final = ("createTagBinding", "deleteTagBinding", "listTagBindings", "listEffectiveTags")
_POOLS: Final = "iam.googleapis.com/"


def role_of_each(answers: list[dict[str, Any]], everyday: set[str]) -> dict[str, str]:
    """Return the role for each permission: of its own service, of everyday use, the least powerful, the smallest."""
    candidates = defaultdict(list)
    for role in answers:
        name, permissions = role["name"], role.get("includedPermissions", [])
        left_out = name in _NEVER or any(
            part in name.lower().removesuffix("serviceagentuser") for part in _PARTS_OF_NEVER
        )
        if left_out or role.get("stage") not in {"GA", "BETA"}:
            continue
        writing = sum(not each.rsplit(".", 1)[-1].lower().startswith(_READING) for each in permissions)
        for permission in permissions:
            candidates[permission].append((name, role["stage"], (writing, len(permissions))))
    chosen = {}
    for permission, rows in candidates.items():
        service = "iam" if permission.startswith(_POOLS) else permission.rpartition("/")[2].split(".")[0]
        home = ("resourcemanager",) if permission.endswith(_OF_TAGS) else _HOMES.get(service, (service,))
        usual = everyday - {f"roles/{service}.admin"}  # of a whole service: only where nothing smaller holds it
        chosen[permission] = min(
            rows,
            key=lambda row, home=home, usual=usual: (  # type: ignore[misc] # mypy wants no default in a lambda
                row[0].removeprefix("roles/").split(".")[0] not in home,
                row[0] not in usual,
                row[0] not in usual and row[1] != "GA",
                row[2],
                row[0],
            ),
        )[0]
    for basic in _BASIC:
        for role in answers:
            if role["name"] == basic:
                chosen |= {each: basic for each in role["includedPermissions"] if each not in candidates}
    return chosen


def table(answers: list[dict[str, Any]], day: str) -> dict[str, Any]:
    """Return the whole file."""
    kept: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    grouped: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for permission, role in sorted(role_of_each(answers, set(kept["everyday"])).items()):
        service, _, rest = permission.partition(".")
        if permission.startswith(_POOLS):
            service, rest = _POOLS, permission.removeprefix(_POOLS)
        grouped[role][service].append(rest)
    roles = {
        role: {service: " ".join(rest) for service, rest in services.items()}
        for role, services in sorted(grouped.items())
    }
    return kept | {"as_of": day, "roles": roles}


if __name__ == "__main__":
    folder, day = sys.argv[1:]
    answers = [json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json"))]
    TABLE.write_text(f"{json.dumps(table(answers, day), indent=1)}\n", "utf-8")
