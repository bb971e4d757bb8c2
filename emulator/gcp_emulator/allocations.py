"""What a project may hold at once: accelerators that serve models, in each region; and the wishes for other limits.

A limit is Google's default unless a quota preference has changed it (`services/cloudquotas/preferences.py`).
Ids and metrics: Google Cloud SDK 528.0.0, googlecloudsdk/command_lib/ai/model_garden_utils.py (its maps from
accelerator to quota), and for Spot VMs the Model Garden notebooks of
https://github.com/GoogleCloudPlatform/vertex-ai-samples. Defaults are assumed, but for A100 80GB, which begins at
zero: https://github.com/Google-Health/medgemma/issues/6. Of accelerators that neither names, all is assumed: the ids
are made like theirs, and a project begins with none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.store import World

VERTEX: Final = "aiplatform.googleapis.com"
UNLIMITED: Final = -1


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """One limit of things held, of one API, in each region.

    Args:
        id: the quota's id in Cloud Quotas.
        metric: its last segment.
        title: how Cloud Quotas calls it.
        default: what a project has unless more was granted.
        accelerator: what is counted, as a machine spec names it.
        spot: it counts those on Spot VMs.
    """

    id: str
    metric: str
    title: str
    default: int
    accelerator: str
    spot: bool
    service: str = VERTEX
    regional: bool = True

    @property
    def name(self) -> str:
        """The metric in full."""
        return f"{self.service}/{self.metric}"


_ACCELERATORS: Final = {  # each of AcceleratorType: its part of the id, of the metric, of the title; its default
    "NVIDIA_TESLA_K80": ("K80GPUs", "nvidia_k80_gpus", "Nvidia K80 GPUs", 0),
    "NVIDIA_TESLA_P4": ("P4GPUs", "nvidia_p4_gpus", "Nvidia P4 GPUs", 1),
    "NVIDIA_TESLA_T4": ("T4GPUs", "nvidia_t4_gpus", "Nvidia T4 GPUs", 1),
    "NVIDIA_L4": ("L4GPUs", "nvidia_l4_gpus", "Nvidia L4 GPUs", 1),
    "NVIDIA_TESLA_V100": ("V100GPUs", "nvidia_v100_gpus", "Nvidia V100 GPUs", 1),
    "NVIDIA_TESLA_P100": ("P100GPUs", "nvidia_p100_gpus", "Nvidia P100 GPUs", 1),
    "NVIDIA_TESLA_A100": ("A100GPUs", "nvidia_a100_gpus", "Nvidia A100 GPUs", 0),
    "NVIDIA_A100_80GB": ("A10080GBGPUs", "nvidia_a100_80gb_gpus", "Nvidia A100 80GB GPUs", 0),
    "NVIDIA_H100_80GB": ("H100GPUs", "nvidia_h100_gpus", "Nvidia H100 GPUs", 0),
    "NVIDIA_H100_MEGA_80GB": ("H100MegaGPUs", "nvidia_h100_mega_gpus", "Nvidia H100 Mega GPUs", 0),
    "NVIDIA_H200_141GB": ("H200GPUs", "nvidia_h200_gpus", "Nvidia H200 GPUs", 0),
    "NVIDIA_B200": ("B200GPUs", "nvidia_b200_gpus", "Nvidia B200 GPUs", 0),
    "NVIDIA_GB200": ("GB200GPUs", "nvidia_gb200_gpus", "Nvidia GB200 GPUs", 0),
    "NVIDIA_RTX_PRO_6000": ("RTXPRO6000GPUs", "nvidia_rtx_pro_6000_gpus", "Nvidia RTX PRO 6000 GPUs", 0),
    "TPU_V2": ("V2TPU", "tpu_v2", "TPU v2", 0),
    "TPU_V3": ("V3TPU", "tpu_v3", "TPU v3", 0),
    "TPU_V4_POD": ("V4TPU", "tpu_v4", "TPU v4", 0),
    "TPU_V5_LITEPOD": ("V5ETPU", "tpu_v5e", "TPU v5e", 0),
}
_TPU_MACHINES: Final = {"ct5lp-hightpu-1t": 1, "ct5lp-hightpu-4t": 4}
"""Machines that have so many TPU_V5_LITEPOD without their spec naming any; gcloud's model_garden_utils.py."""


def _held(*, spot: bool) -> tuple[Allocation, ...]:
    kind = ("Preemptible", "preemptible_", "preemptible ") if spot else ("", "", "")
    return tuple(
        Allocation(
            id=f"CustomModelServing{kind[0]}{part}PerProjectPerRegion",
            metric=f"custom_model_serving_{kind[1]}{metric}",
            title=f"Custom model serving {kind[2]}{title}",
            default=default,
            accelerator=accelerator,
            spot=spot,
        )
        for accelerator, (part, metric, title, default) in _ACCELERATORS.items()
    )


ALLOCATIONS: Final = (*_held(spot=False), *_held(spot=True))
_BY_ACCELERATOR: Final = {(each.accelerator, each.spot): each for each in ALLOCATIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A quota preference: what a project would like a limit to be.

    Args:
        key: `<project number>/<id>`.
        number: the project's.
        service: the API.
        quota: the quota's id.
        dimensions: where it holds; none is everywhere.
        preferred: what is wished for; -1 is without a limit.
        before: what was in force until it was decided.
        approved: whether it is granted once it is decided.
        decided: when that is (sandbox time).
        told: the fields that are only kept: annotations, justification.
        trace: the number of the request, where it asks for more.
        created: when it was first made.
        updated: when it was last changed.
        stamp: grows with every change, also while the clock stands: what its etag is made of.
    """

    key: str
    number: str
    service: str
    quota: str
    dimensions: dict[str, str]
    preferred: int
    before: int
    approved: bool
    decided: float
    told: dict[str, Any]
    trace: str
    created: float
    updated: float
    stamp: int = 0

    def granted(self, now: float) -> int:
        """Return the value in force at a moment."""
        return self.preferred if self.approved and now >= self.decided else self.before


PREFERENCES: Final = Table("cloudquotas.preferences", Preference, key="key")


class Limited(Protocol):
    """A limit, of whichever kind."""

    @property
    def service(self) -> str:
        """The API."""

    @property
    def id(self) -> str:
        """The quota's id."""

    @property
    def default(self) -> int:
        """What a project has unless it was granted another."""


def in_force(world: World, number: str, limit: Limited, region: str) -> int:
    """Return the value of a limit for a project in a region: Google's default, unless it was granted another.

    A preference for the region goes before one for all of them: `QuotaPreference.dimensions`,
    google/api/cloudquotas/v1/resources.proto
    """
    value = limit.default
    for row in _wishes(world).get((limit.service, limit.id), {}).get(number, ()):
        if row.dimensions.get("region") == region:
            return row.granted(world.clock.now())
        if not row.dimensions:
            value = row.granted(world.clock.now())
    return value


def is_wished(world: World, limit: Limited) -> bool:
    """Tell whether anybody has wished for another value of a limit."""
    return (limit.service, limit.id) in _wishes(world)


def _wishes(world: World) -> dict[tuple[str, str], dict[str, list[Preference]]]:
    """Return the preferences by quota and project."""
    rows = world[PREFERENCES]
    version, known = world.memo.get("quotas.wishes", (-1, {}))
    if version != rows.version:
        known = {}
        for row in rows:
            known.setdefault((row.service, row.quota), {}).setdefault(row.number, []).append(row)
        world.memo["quotas.wishes"] = (rows.version, known)
    found: dict[tuple[str, str], dict[str, list[Preference]]] = known
    return found


def of(resources: Json) -> tuple[Allocation | None, int]:
    """Return what `DedicatedResources` count against, and how many they take: those of the least replicas."""
    machine = resources.get("machineSpec") or {}
    named, spot = str(machine.get("acceleratorType")), bool(resources.get("spot"))
    count = number(machine.get("acceleratorCount"), 0)
    if (of_machine := _TPU_MACHINES.get(str(machine.get("machineType")))) is not None:
        named, count = "TPU_V5_LITEPOD", of_machine
    return _BY_ACCELERATOR.get((named, spot)), count * number(resources.get("minReplicaCount"), 1)


def number(value: Any, otherwise: int) -> int:
    """Return a whole number that is not negative; another where this is no number."""
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return otherwise
