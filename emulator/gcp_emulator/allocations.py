"""What a project may hold at once: accelerators that serve models, in each region.

A limit is Google's default unless a quota preference has changed it (`quota_overrides.py`).
Ids and metrics: Google Cloud SDK 528.0.0, googlecloudsdk/command_lib/ai/model_garden_utils.py (its maps from
accelerator to quota), and for Spot VMs the Model Garden notebooks of
https://github.com/GoogleCloudPlatform/vertex-ai-samples. Defaults are assumed, but for A100 80GB, which begins at
zero: https://github.com/Google-Health/medgemma/issues/6. Of accelerators that neither names, all is assumed: the ids
are made like theirs, and a project begins with none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gcp_emulator.call import Json

VERTEX: Final = "aiplatform.googleapis.com"


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
