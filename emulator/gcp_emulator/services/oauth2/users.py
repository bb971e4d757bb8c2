"""People: who logged in leaves a refresh token, which is all that the sandbox keeps of anyone.

A user exists by being named: whoever a policy or a token names. One has logged in already in a fresh state, and the
file of his application default credentials lies beside the sandbox's other files.
https://developers.google.com/identity/protocols/oauth2/native-app
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.identity import ACCOUNTS, EMAIL_SCOPE
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.store import State

DEVELOPER: Final = "developer@sandbox.example.com"
CLIENT_ID: Final = "764086051850-sandbox.apps.googleusercontent.com"
SCOPES: Final = ("openid", EMAIL_SCOPE, CLOUD_PLATFORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A refresh token, and what access tokens it gives."""

    refresh_token: str
    email: str
    client_id: str
    client_secret: str
    scopes: list[str]
    revoked: bool = False


LOGINS: Final = Table("oauth2.logins", Login, key="refresh_token", secret=True)


def login(secret: str) -> Login:
    """Return the login of the developer, the same for the same secret."""
    drawn = hashlib.blake2b(f"login/{secret}".encode(), digest_size=32).hexdigest()
    return Login(
        refresh_token="1//0" + drawn,
        email=DEVELOPER,
        client_id=CLIENT_ID,
        client_secret="GOCSPX-sandbox",  # noqa: S106 - no secret of anyone: gcloud's own is published with it
        scopes=list(SCOPES),
    )


def credentials(found: Login) -> Json:
    """Return the file that `gcloud auth application-default login` would write."""
    return {
        "account": "",
        "client_id": found.client_id,
        "client_secret": found.client_secret,
        "refresh_token": found.refresh_token,
        "type": "authorized_user",
        "universe_domain": "googleapis.com",
    }


def unique_id(state: State, email: str) -> str:
    """Return the 21 digits that stand for a principal; a user's are drawn from his address."""
    account = state[ACCOUNTS].get(email)
    if account is not None or not email:
        return account.unique_id if account else ""
    drawn = int.from_bytes(hashlib.blake2b(email.lower().encode(), digest_size=16).digest(), "big")
    return str(10**20 + drawn % (9 * 10**20))
