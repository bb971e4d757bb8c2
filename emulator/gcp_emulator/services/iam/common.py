"""What the rules of IAM share: the project in a path, and errors as IAM words them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.errors import ApiError
from gcp_emulator.services.resourcemanager import state as projects

if TYPE_CHECKING:
    from gcp_emulator.call import Call
    from gcp_emulator.services.resourcemanager.state import Project

SERVICE: Final = "iam.googleapis.com"


def denied(permission: str, resource: str, service: str = SERVICE) -> ApiError:
    """Refuse as IAM and IAM Credentials do, without the resource in the sentence.

    https://cloud.google.com/iam/docs/service-account-permissions
    """
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource (or it may not exist).",
        errors.error_info("IAM_PERMISSION_DENIED", service, permission=permission, resource=resource),
    )


def project_of(call: Call, permission: str, below: str = "") -> Project:
    """Return the project in the path, if the caller may do this to it or to what is below it.

    A project that does not exist is refused like one that the caller may not touch.
    """
    asked = call.vars["project"]
    project = projects.find(call.state, asked)
    if project is None:
        raise denied(permission, f"projects/{asked}{below}")
    resource = f"projects/{project.id}{below}"
    call.require(permission, resource, denied(permission, resource))
    return project


def check_text(value: object, name: str, most: int) -> str:
    """Return a text that is not longer than this many bytes; the sentence of the error is assumed."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.invalid_argument(f"Invalid value at '{name}' (TYPE_STRING), {str(value)[:100]}")
    if len(value.encode()) > most:
        message = f"The {name} must not be longer than {most} bytes."
        raise errors.invalid_argument(message, errors.bad_request((name, message)))
    return value


def mask_of(call: Call, known: dict[str, str]) -> list[str]:
    """Return the fields that `updateMask` names, each as `known` writes it; all of them where there is no mask."""
    given = [part.strip() for part in call.text("updateMask").split(",") if part.strip()]
    for part in given:
        if part not in known:
            raise errors.invalid_argument(f"Invalid update mask: {part[:100]}")
    return [known[part] for part in given]
