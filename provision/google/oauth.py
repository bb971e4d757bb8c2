"""Ask Google whose token this is.

https://developers.google.com/identity/sign-in/web/backend-auth#calling-the-tokeninfo-endpoint
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError
from provision.google.errors import refusal_from_body
from provision.google.responses import reading, text, whole

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
    import requests

    url = f"{transport.address or f'https://{transport.host(SERVICE)}'}/tokeninfo"

    def ask(*, timeout: float, retry: None) -> Any:  # noqa: ARG001 - JSON; no library retry here to switch off
        # In the body, so that the token stands in no proxy's log of addresses.
        answer = requests.post(url, data={"access_token": transport.credentials.fresh_token()}, timeout=timeout)
        if answer.status_code != 200:
            raise ApiError(refusal_from_body(SERVICE, "TokenInfo", answer.status_code, answer.text))
        found = whole(answer.json())
        if "scope" not in found and "expires_in" not in found:
            raise ValueError("the answer says nothing of a token")
        return found

    info = transport.call(SERVICE, "TokenInfo", ask)
    with reading(SERVICE, "TokenInfo"):
        return TokenInfo(email=text(info, "email"), scopes=tuple(text(info, "scope").split()))
