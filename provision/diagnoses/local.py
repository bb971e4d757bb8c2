"""Refused before Google was asked: by gcloud's and Terraform's own rules."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

ROWS: Final = (
    Diagnosis(
        key="GCLOUD_OVERRIDE_SLASH",
        match=Match(text=r"must be an absolute URI beginning with http"),
        fix_owner="you",
        source="https://cloud.google.com/sdk/gcloud/reference/config/set",
        cause="An endpoint override of gcloud (CLOUDSDK_API_ENDPOINT_OVERRIDES_…) does not end with a slash.",
        fix="add the slash: gcloud config set api_endpoint_overrides/API https://HOST/   (or take it out: gcloud config unset api_endpoint_overrides/API)",
        triggered_by=("gcloud",),
    ),
    Diagnosis(
        key="DELETION_POLICY",
        match=Match(text=r"Cannot destroy project as deletion_policy is set to PREVENT"),
        fix_owner="you",
        source="https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/resourcemanager/resource_google_project.go",
        cause="Terraform protects the project: deletion_policy is PREVENT unless you say otherwise. During an apply it means that the project is tainted and would be made anew.",
        fix='really delete it: set deletion_policy = "DELETE", terraform apply, then terraform destroy   (during an apply: terraform untaint google_project.NAME)',
        triggered_by=("terraform",),
    ),
)
