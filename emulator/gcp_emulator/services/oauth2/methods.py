"""The token endpoint, revoke, tokeninfo and userinfo, at the paths of all the hosts that serve them."""

from __future__ import annotations

from typing import Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.oauth2 import state

OPENID: Final = (
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    CLOUD_PLATFORM,
)

METHODS: Final = (
    Method(
        name="oauth2.token",
        http=("POST /token", "POST /oauth2/v4/token"),
        handle=state.exchange,
        service="oauth2.googleapis.com",
        source="https://developers.google.com/identity/protocols/oauth2/service-account#httprest",
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
    Method(
        name="oauth2.revoke",
        http=("POST /revoke", "GET /revoke", "POST /o/oauth2/revoke", "GET /o/oauth2/revoke"),
        handle=state.revoke,
        service="oauth2.googleapis.com",
        source="https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke",
        mutates=True,
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
    Method(
        name="oauth2.tokeninfo",
        http=(
            "GET /tokeninfo",
            "POST /tokeninfo",
            "GET /oauth2/v3/tokeninfo",
            "POST /oauth2/v3/tokeninfo",
        ),
        handle=state.token_info,
        service="oauth2.googleapis.com",
        source="https://cloud.google.com/docs/authentication/token-types#access-contents",
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
    Method(
        name="oauth2.v2.tokeninfo",
        http=tuple(f"{verb} /oauth2/{version}/tokeninfo" for version in ("v1", "v2") for verb in ("GET", "POST")),
        handle=state.older_token_info,
        service="oauth2.googleapis.com",
        source="https://developers.google.com/resources/api-libraries/documentation/oauth2/v2/python/latest/oauth2_v2.html",
        auth=False,
        consumer="none",
        errors="oauth",
        form=True,
    ),
    Method(
        name="oauth2.userinfo",
        http=("GET /v1/userinfo", "GET /oauth2/v3/userinfo", "POST /v1/userinfo"),
        handle=state.user_info,
        service="openidconnect.googleapis.com",
        source="https://openid.net/specs/openid-connect-core-1_0.html#UserInfo",
        scopes=OPENID,
        consumer="none",
        errors="oauth",
    ),
    Method(
        name="oauth2.userinfo.get",
        http=("GET /oauth2/v2/userinfo", "GET /oauth2/v1/userinfo", "GET /userinfo/v2/me"),
        handle=state.older_user_info,
        service="openidconnect.googleapis.com",
        source="https://developers.google.com/resources/api-libraries/documentation/oauth2/v2/python/latest/oauth2_v2.userinfo.html",
        scopes=OPENID,
        consumer="none",
        errors="oauth",
    ),
)
