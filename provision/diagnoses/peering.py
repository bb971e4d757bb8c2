"""Private services access: the range, the peering and who may make them."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_PAGE: Final = "https://docs.cloud.google.com/vpc/docs/configure-private-services-access"
_NOT_SERVED: Final = "the sandbox does not serve Service Networking."
_CONNECT: Final = "gcloud services vpc-peerings connect --service=servicenetworking.googleapis.com --ranges=RANGE --network=NETWORK --project={project_id}"
_ALLOCATE: Final = "gcloud compute addresses create RANGE --global --purpose=VPC_PEERING --prefix-length=16 --network=NETWORK --project={project_id}"

ROWS: Final = (
    Diagnosis(
        key="PEERING_RANGE_MISSING",
        match=Match(text=r"Allocated IP range '?[^']*'? not found in network"),
        fix_owner="you",
        source=_PAGE,
        cause="The address range that is to be used was never allocated in this network for private services, or was deleted; a range is named by its name, not its addresses.",
        fix="gcloud compute addresses list --global --filter=purpose=VPC_PEERING --project={project_id}   "
        f"(none? {_ALLOCATE})",
        triggered_by=("AddPeering",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="PEERING_EXISTS",
        match=Match(text=r"Cannot modify allocated ranges in CreateConnection"),
        fix_owner="you",
        source=_PAGE,
        cause="The network has a connection for private services already, with other ranges: it is changed, not made again.",
        fix="gcloud services vpc-peerings update --service=servicenetworking.googleapis.com --ranges=RANGE --network=NETWORK --force --project={project_id}   (name all ranges that stay; Terraform: update_on_creation_fail = true)",
        triggered_by=("AddPeering",),
        not_reproduced=_NOT_SERVED,
    ),
    Diagnosis(
        key="PEERING_MISSING",
        match=Match(
            text=r"at least 1 private services connection|[Pp]rivate services? (access|connection) (is )?not (configured|enabled)"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/sql/docs/mysql/configure-private-services-access",
        cause="The network has no connection for private services (private services access), which an instance with a private address needs first.",
        fix=f"{_CONNECT}   (before it, once: {_ALLOCATE}; Terraform: depends_on the google_service_networking_connection)",
        triggered_by=("AddPeering",),
        not_reproduced=_NOT_SERVED,
    ),
)
