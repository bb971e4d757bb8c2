"""Who asks: an account or a federated identity, and what its credential is good for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks.

    Args:
        member: as an allow policy would name it, `serviceAccount:x@p.iam.gserviceaccount.com` or `user:…`.
        email: the same without its kind.
        project: the project of a service account, charged where no other is named; empty for a user.
        scopes: the OAuth scopes of the credential.
        owner: holds every permission on everything.
        sets: the principal sets that a federated identity belongs to, as an allow policy would name them.
        boundary: of a downscoped token, resources and what at most may be done to each and what is in it; None where
            the credential has no boundary.
    """

    member: str
    email: str
    project: str = ""
    scopes: tuple[str, ...] = (CLOUD_PLATFORM,)
    owner: bool = False
    sets: tuple[str, ...] = ()
    boundary: tuple[tuple[str, tuple[str, ...]], ...] | None = None
