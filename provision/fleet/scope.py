"""Which projects: everything in an organization or a folder, all that one account pays for, or those that are named."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provision.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
# Where the index counts from zero, and where the platform says how many there are; the first that is there counts.
# https://docs.cloud.google.com/run/docs/create-jobs, https://kubernetes.io/docs/concepts/workloads/controllers/job/,
# https://slurm.schedmd.com/job_array.html
_ARRAYS: Final = (
    ("CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT", ""),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", ""),
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
)


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One of several parts of the projects, each looked at by a process of its own; ``index`` counts from 1."""

    index: int = 1
    count: int = 1

    def holds(self, project_number: str) -> bool:
        """Whether the project is in this part, on whatever machine that is asked."""
        return zlib.crc32(project_number.encode()) % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The projects that were asked for.

    Attributes:
        roots: ``organizations/NUMBER`` and ``folders/NUMBER``: all that is in them, at any depth.
        billing_accounts: ``billingAccounts/ID``: all that they pay for.
        projects: ids.
        labels: only the projects that have all of these; an empty value stands for any.
    """

    roots: tuple[str, ...] = ()
    billing_accounts: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    shard: Shard = field(default_factory=Shard)

    def has(self, labels: Mapping[str, str]) -> bool:
        """Whether a project with these labels was asked for."""
        return all(name in labels and value in ("", labels[name]) for name, value in self.labels.items())

    def __str__(self) -> str:
        named = f"{len(self.projects)} projects" if len(self.projects) > 1 else "".join(self.projects)
        words = ", ".join(each for each in (*self.roots, *self.billing_accounts, named) if each)
        labels = "".join(f", label {name}={value}" for name, value in sorted(self.labels.items()))
        return words + labels + (f", shard {self.shard}" if self.shard.count > 1 else "")


def read(
    *,
    organizations: Iterable[str],
    folders: Iterable[str],
    billing_accounts: Iterable[str],
    projects: Iterable[str],
    labels: Iterable[str],
    shard: str,
    environment: Mapping[str, str],
) -> Scope:
    """Return the scope that the options name.

    Raises:
        UsageError: one of them cannot be, or none names a project.
    """
    roots = tuple(
        dict.fromkeys(
            f"{kind}/{_number(value.removeprefix(f'{kind}/'), option)}"
            for kind, option, values in (
                ("organizations", "--organization", organizations),
                ("folders", "--folder", folders),
            )
            for value in values
        )
    )
    named = tuple(dict.fromkeys(each.strip() for each in projects))
    wrong = [each for each in named if not _PROJECT.fullmatch(each)]
    if wrong:
        raise UsageError(
            f"{', '.join(wrong[:5])}{' …' if len(wrong) > 5 else ''}: no id of a project",
            cause="an id has 6 to 30 lower case letters, digits and hyphens, and begins with a letter",
            fix="`gcloud projects list` prints the ids",
        )
    accounts = tuple(
        dict.fromkeys(f"billingAccounts/{each.removeprefix('billingAccounts/')}" for each in billing_accounts)
    )
    if not (roots or named or accounts):
        raise UsageError(
            "no projects are named",
            cause="a fleet is an organization, a folder, what a billing account pays for, or a list",
            fix="add --organization NUMBER, --folder NUMBER, --billing-account ID, --projects FILE or --project ID",
        )
    if labels and (named or accounts):
        raise UsageError(
            "--label chooses among the projects of an organization or a folder",
            cause="a list, and what a billing account pays for, come without labels",
            fix="leave --label out, or name an organization or a folder alone",
        )
    return Scope(
        roots=roots,
        billing_accounts=accounts,
        projects=named,
        labels=dict(_label(each) for each in labels),
        shard=_shard(shard, environment),
    )


def _number(value: str, option: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise UsageError(
            f"{option} {value}: no number",
            cause="organizations and folders are named by their numbers",
            fix="`gcloud organizations list` and `gcloud resource-manager folders list` print them",
        )
    return value


def _label(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
        raise UsageError(
            f"--label {text}: no label",
            cause="a label is written name=value, with lower case letters, digits, hyphens and underscores",
            fix="write it such as `--label env=prod`; `--label env` takes every value",
        )
    return name, value


def _shard(text: str, environment: Mapping[str, str]) -> Shard:
    """Return the part that was asked for, else the one that the platform of an array job names."""
    if not text:
        for index, count, first in _ARRAYS:
            found = [environment.get(name, "") for name in (index, count)]
            start = environment.get(first, "0") if first else "0"
            if all(each.isdigit() for each in (*found, start)):
                text = f"{int(found[0]) - int(start) + 1}/{found[1]}"
                break
    if not text:
        return Shard()
    parts = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if not parts or not 1 <= int(parts[1]) <= int(parts[2]):
        raise UsageError(
            f"--shard {text}: no part",
            cause="it is written INDEX/COUNT, and the index counts from 1 to the count",
            fix="write it such as `--shard 3/10`",
        )
    return Shard(index=int(parts[1]), count=int(parts[2]))
