"""The locations of Vertex AI.

Regions as in the v1 discovery document of aiplatform.googleapis.com (revision 20261106), in addition to them the
multi-regions `us` and `eu` and the `global` endpoint:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations
"""

from __future__ import annotations

import re
from typing import Final

LOCATIONS: Final = (
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia-southeast3",
    "australia-southeast1",
    "australia-southeast2",
    "eu",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west15",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "global",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "southamerica-east1",
    "southamerica-west1",
    "us",
    "us-central1",
    "us-central2",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-east7",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
    "us-west8",
)

MULTI_REGIONS: Final = frozenset({"us", "eu"})
REGIONS: Final = frozenset(LOCATIONS) - MULTI_REGIONS - {"global"}

HOST: Final = re.compile(
    r"(?:(?P<region>[a-z0-9-]+?)(?:-prediction)?-)?aiplatform(?:\.(?P<multi>us|eu)\.rep)?\.googleapis\.com(?::\d+)?"
)


def at_host(host: str) -> str:
    """Return the location that a host of Vertex AI is for, empty for another host, such as the sandbox's own."""
    match = HOST.fullmatch(host.lower())
    return (match["region"] or match["multi"] or "global") if match else ""
