"""`iamPolicies.lintPolicy`: what `setIamPolicy` would refuse a condition for; what it would only warn of is not told.

https://cloud.google.com/iam/docs/reference/rest/v1/iamPolicies/lintPolicy, google/iam/admin/v1/iam.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcp_emulator import errors
from gcp_emulator.iam import conditions

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json


def lint(call: Call) -> Json:
    """LintPolicy: of one condition; no policy is read, so no permission is asked for."""
    if not call.text("fullResourceName").startswith("//"):
        raise errors.invalid_argument(f"Invalid full resource name: {call.text('fullResourceName')[:100]}")
    expression = str(call.message("condition").get("expression", ""))
    found = [
        {
            "level": "CONDITION",
            "validationUnitName": f"LintValidationUnits/{problem.check}",
            "severity": "ERROR",
            "fieldName": "condition.expression",
            "debugMessage": problem.message,
        }
        for problem in conditions.problems(expression)
    ]
    return {"lintResults": found} if found else {}
