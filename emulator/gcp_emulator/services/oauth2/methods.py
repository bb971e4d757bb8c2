"""The token endpoint, revoke, tokeninfo and userinfo, at the paths of all the hosts that serve them.

OAuth 2.0's endpoints are of no API, and of the others' paths the document of oauth2 v2 has the newest alone.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.services.oauth2 import state

OPENID: Final = (  # OpenID Connect's names are as good as the addresses that the document lists
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    CLOUD_PLATFORM,
)
LIBRARIES: Final = "https://developers.google.com/resources/api-libraries/documentation/oauth2/v2/python/latest/"

APIS: Final = (
    Api(
        service="oauth2.googleapis.com",
        rest="oauth2.",
        facts={"auth": False, "consumer": "none", "errors": "oauth", "form": True},
        methods={
            "token": serve(
                state.exchange,
                http=("POST /token", "POST /oauth2/v4/token"),
                source="https://developers.google.com/identity/protocols/oauth2/service-account#httprest",
            ),
            "revoke": serve(
                state.revoke,
                http=("POST /revoke", "GET /revoke", "POST /o/oauth2/revoke", "GET /o/oauth2/revoke"),
                mutates=True,
                source="https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke",
            ),
            "tokeninfo": serve(
                state.token_info,
                http=("GET /tokeninfo", "POST /tokeninfo", "GET /oauth2/v3/tokeninfo", "POST /oauth2/v3/tokeninfo"),
                source="https://cloud.google.com/docs/authentication/token-types#access-contents",
            ),
            "v2.tokeninfo": serve(
                state.older_token_info,
                http=tuple(f"{verb} /oauth2/{of}/tokeninfo" for of in ("v1", "v2") for verb in ("GET", "POST")),
                source=f"{LIBRARIES}oauth2_v2.html",
            ),
        },
    ),
    Api(
        service="openidconnect.googleapis.com",
        rest="oauth2.",
        facts={"scopes": OPENID, "consumer": "none", "errors": "oauth"},
        methods={
            "userinfo": serve(
                state.user_info,
                http=("GET /v1/userinfo", "GET /oauth2/v3/userinfo", "POST /v1/userinfo"),
                source="https://openid.net/specs/openid-connect-core-1_0.html#UserInfo",
            ),
            "userinfo.get": serve(
                state.older_user_info,
                http=("GET /oauth2/v2/userinfo", "GET /oauth2/v1/userinfo", "GET /userinfo/v2/me"),
                source=f"{LIBRARIES}oauth2_v2.userinfo.html",
            ),
        },
    ),
)
