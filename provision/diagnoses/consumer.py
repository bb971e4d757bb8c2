"""The project that calls are charged to, where that is another than the one that is looked at.

What is wrong with it is wrong for every call, and says nothing of the project that the call is about.
"""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_QUOTA_PROJECT: Final = "https://docs.cloud.google.com/docs/quotas/set-quota-project"

INSTEAD: Final = {
    "CONSUMER_DELETED": "QUOTA_PROJECT_DELETED",
    "CONSUMER_INVALID": "QUOTA_PROJECT_INVALID",
    "CONSUMER_SUSPENDED": "QUOTA_PROJECT_SUSPENDED",
    "BILLING_DISABLED": "QUOTA_PROJECT_WITHOUT_BILLING",
    "USER_PROJECT_DENIED": "USER_PROJECT_DENIED",
}
"""What an error means, by what it would mean were it about the project that is looked at."""

ROWS: Final = (
    Diagnosis(
        key="QUOTA_PROJECT_DELETED",
        fix_owner="you",
        source=_QUOTA_PROJECT,
        cause="Calls are charged to the project {consumer_project}, and that one has been deleted; the project that is looked at was not asked about.",
        fix="{set_quota_project}",
        triggered_by=("credentials.consumer",),
    ),
    Diagnosis(
        key="QUOTA_PROJECT_INVALID",
        fix_owner="you",
        source=_QUOTA_PROJECT,
        cause="Calls are charged to the project {consumer_project}, which does not exist, or {principal} may not see it.",
        fix="{set_quota_project}",
        triggered_by=("credentials.consumer",),
    ),
    Diagnosis(
        key="QUOTA_PROJECT_SUSPENDED",
        fix_owner="you",
        source=_REASONS,
        cause="Calls are charged to the project {consumer_project}, which Google has suspended: its use broke the terms, or a payment is doubted.",
        fix="{set_quota_project}   (only an owner of {consumer_project} can appeal: https://console.cloud.google.com/appeal?project={consumer_project})",
        triggered_by=("credentials.consumer",),
    ),
    Diagnosis(
        key="QUOTA_PROJECT_WITHOUT_BILLING",
        fix_owner="you",
        source=_REASONS,
        cause="Calls are charged to the project {consumer_project}, for which no one pays.",
        fix="{set_quota_project}   (or link a billing account to {consumer_project})",
        triggered_by=("credentials.consumer",),
    ),
)
