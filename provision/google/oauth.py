"""Ask Google whose token this is.

https://developers.google.com/identity/sign-in/web/backend-auth#calling-the-tokeninfo-endpoint
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.google.responses import reading, text

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "oauth2.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class TokenInfo:
    """What Google says of a token: whose it is, if its scopes tell, and its scopes."""

    email: str = ""
    scopes: tuple[str, ...] = ()


def token_info(transport: Transport) -> TokenInfo:
    """Return what Google says of the credentials' token.

    Raises:
        ApiError: Google does not know the token, or did not answer.
    """
    # In the body, so that the token is in no proxy's log of addresses.
    info = transport.rest(
        SERVICE,
        "TokenInfo",
        "/tokeninfo",
        form=lambda: {"access_token": transport.credentials.fresh_token()},
        token="",
        fields=("scope", "expires_in"),
        may_be_empty=False,
    )
    with reading(SERVICE, "TokenInfo"):
        return TokenInfo(email=text(info, "email"), scopes=tuple(text(info, "scope").split()))
