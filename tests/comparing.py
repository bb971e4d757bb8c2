"""Compare two states of a sandbox: one rule for what Google keeps of what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def _of_google(member: str) -> bool:
    """A service agent or a default account, which Google makes, or the tombstone of a member."""
    email = member.rpartition(":")[2]
    agent = email.partition("@")[2].startswith(
        ("gcp-sa-", "gcf-admin-robot", "compute-system", "container-engine-robot")
    )
    of_a_project = email.endswith(("@developer.gserviceaccount.com", "@cloudservices.gserviceaccount.com"))
    return agent or of_a_project or member.startswith("deleted:")


def _policy(row: Row) -> Row | None:
    bindings = [
        {**each, "members": members}
        for each in row["bindings"]
        if (members := [member for member in each["members"] if not _of_google(member)])
    ]
    return {**row, "history": [], "bindings": bindings} if bindings or row["audit_configs"] else None


# The list: what stays behind of what was undone, and is no one's to take away. None drops a row. Moments and etags
# are left out by the sandbox itself (`?comparable=true`).
RULE: dict[str, Callable[[Row], Row | None]] = {
    # Operations are kept for a while after they ended.
    "operations": lambda _: None,
    # The id of a project is never free again: it is as DELETE_REQUESTED.
    "resourcemanager.projects": lambda row: {**row, "revision": 0} if row["state"] == "ACTIVE" else None,
    # A service that was once enabled is remembered as disabled.
    "serviceusage.enablements": lambda row: {**row, "before": False} if row["enabled"] else None,
    # Google's own service agents and default accounts stay.
    "serviceusage.agents": lambda _: None,
    "iam.service_accounts": lambda row: None if _of_google(row["email"]) else row,
    # So do the network and the firewall rules that the Compute Engine API makes when it is enabled for the first time:
    # to disable an API deletes nothing of what is in the project.
    "compute.resources": lambda _: None,
    # What was deleted can be brought back for 30 days; when it was deleted is a moment, which `comparable` leaves out.
    "iam.deleted_service_accounts": lambda _: None,
    "iam.workload_identity_pools": lambda row: row if "deleted" in row else None,
    "iam.workload_identity_pool_providers": lambda row: row if "deleted" in row else None,
    # A link that was taken away is remembered as none.
    "billing.links": lambda row: row if row["account"] else None,
    # A policy remembers what was in force before, and which of its members are gone.
    "iam.policies": _policy,
}


def without_traces(state: dict[str, Any]) -> dict[str, Any]:
    """Return a comparable state without what the rule drops, nor what belongs to a project that is gone."""
    projects = state["resourcemanager.projects"].values()
    deleted = {row[name] for row in projects if row["state"] != "ACTIVE" for name in ("id", "number")}

    def kept(table: str, key: str, row: Row) -> Row | None:
        owner = {row.get("number"), row.get("project"), *key.split("/")}
        return None if owner & deleted else RULE[table](row) if table in RULE else row

    return {
        table: {key: left for key, row in rows.items() if (left := kept(table, key, row)) is not None}
        for table, rows in state.items()
    }
