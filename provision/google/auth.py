"""Find the caller's credentials and keep them fresh.

Application Default Credentials in google-auth's own order: the file GOOGLE_APPLICATION_CREDENTIALS names, the one
gcloud wrote, the metadata server (https://cloud.google.com/docs/authentication/application-default-credentials).
Two things differ. A metadata address that says nothing counts as absent after a second; google-auth waits
twelve. And no ``gcloud`` process is started to learn a project id that no one asked for.
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from google.auth import credentials as google_credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from provision import secret_values
from provision.concurrency import DeadlinePassed, within
from provision.errors import ApiError, ErrorStatus, TokenError
from provision.google.calls import UNDER_WAY
from provision.google.errors import NO_ANSWERS, TRANSIENT, error_from, error_from_body
from provision.google.limits import read_whole
from provision.redaction import printable, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
GOOGLE: Final = "googleapis.com"
IAM_CREDENTIALS: Final = "iamcredentials.googleapis.com"
OAUTH: Final = "oauth2.googleapis.com"
STS: Final = "sts.googleapis.com"
METADATA_TIMEOUT_S: Final = 1.0
# A check asks for everything within a few seconds; what asks for longer must get another chance.
FAILURE_HOLDS_S: Final = 5.0
RETRY_PAUSES_S: Final = (0.25, 0.75)
_THROTTLED: Final = 429

_KINDS: Final = {
    "authorized_user": "user",
    "service_account": "service account key",
    "external_account": "workload identity federation",
    "external_account_authorized_user": "workforce identity federation",
    "impersonated_service_account": "impersonated service account",
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who calls, as far as the credentials themselves tell.

    Attributes:
        kind: in words a person knows, such as ``user`` or ``service account key``.
        source: where they were found: a path, or the metadata server.
        principal: the email address; empty where only Google can tell (a user's).
        quota_project: the project named to be charged; empty if none is.
        consumer_project: the project that control-plane calls are charged to; empty where that is Google's own.
        impersonated: the principal is a service account that another identity becomes for an hour at a time.
    """

    kind: str
    source: str
    principal: str = ""
    quota_project: str = ""
    consumer_project: str = ""
    impersonated: bool = False

    @property
    def member(self) -> str:
        """The principal as IAM writes it; empty if unknown."""
        if not self.principal:
            return ""
        return f"{'serviceAccount' if self.principal.endswith('gserviceaccount.com') else 'user'}:{self.principal}"


class Credentials(google_credentials.Credentials):
    """One token for all clients of a run, refreshed once when it is about to expire or was refused.

    ``clock_skew_s``: how far this machine's clock is ahead of the last answer to a token request, in seconds, the time
    that the answer took included; None while there was none.

    It is in front of what google-auth loaded, so that ten clients in ten threads cause one refresh. google-auth
    refreshes 225 seconds before expiry. A refresh that failed is told to all who ask in the next seconds: else each
    would wait for the same failure in turn.

    google-auth itself repeats what the OAuth endpoint and the metadata server could not answer, and asks Security
    Token Service and IAM Credentials only once (``sts.Client``, ``impersonated_credentials``). So a refresh is repeated
    where the request that failed was made once, and as long as all tries together take less than ``timeout_s``.
    """

    def __init__(
        self,
        inner: Any,
        identity: Identity,
        *,
        timeout_s: float,
        universe_domain: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # google-auth ships no types
        self._inner = inner
        self._universe_domain = universe_domain
        self.identity = identity
        self._lock = threading.Lock()
        session = requests.Session()
        session.hooks["response"].append(read_whole)
        self._request = functools.partial(self._ask, Request(session), timeout=timeout_s)
        self._timeout_s = timeout_s
        self._total_s = timeout_s + _of_the_program_s(inner)
        self._asked: list[str] = []
        self._answered: tuple[int, Any] = (0, b"")
        self._clock, self._sleep = clock, sleep
        self._failed: tuple[float, ErrorStatus] | None = None
        self.clock_skew_s: float | None = None

    def _ask(self, request: Any, *arguments: Any, **named: Any) -> Any:
        """Make one request of google-auth's, and note how far this machine's clock is from the answer's."""
        self._asked.append(str(named.get("url") or (arguments or ("",))[0]))
        self._answered = (0, b"")
        answer = request(*arguments, **named)
        self._answered = (int(getattr(answer, "status", 0)), getattr(answer, "data", b""))
        headers = dict(getattr(answer, "headers", {}) or {})
        date = next((value for name, value in headers.items() if str(name).lower() == "date"), "")
        with contextlib.suppress(ValueError, TypeError):
            self.clock_skew_s = time.time() - email.utils.parsedate_to_datetime(date).timestamp()
        return answer

    @property
    def universe_domain(self) -> str:
        """The domain of the cloud that the credentials are for; only a metadata server is asked, once.

        Raises:
            ApiError: the metadata server does not answer.
        """
        if not self._universe_domain:
            try:
                asked = within(self._timeout_s, lambda: getattr(self._inner, "universe_domain", ""))
                self._universe_domain = str(asked or GOOGLE)
            except DeadlinePassed as error:
                silent = ErrorStatus(
                    service="metadata server", method="UniverseDomain", status="TIMEOUT", message=str(error)
                )
                raise ApiError(silent) from error
            except Exception as error:
                refused = error_from(error, "metadata server", "UniverseDomain")
                if refused is None:
                    raise
                raise ApiError(refused) from error
        return self._universe_domain

    def refresh(self, request: Any) -> None:  # noqa: ARG002 - google-auth's signature; our own request has a deadline
        """Get a new token, unless another thread just did.

        Raises:
            TokenError: the credentials are refused, or the token endpoint does not answer; just now, or when another
                asked in the last seconds.
        """
        self.renew(self.token)

    def renew(self, refused: str | None) -> None:
        """Get a new token in the place of the one that was refused, unless another thread did that already.

        Raises:
            TokenError: see `refresh`.
        """
        with self._lock:
            if self.token != refused:
                return
            if self._failed is not None and self._clock() - self._failed[0] < FAILURE_HOLDS_S:
                raise TokenError(self._failed[1])
            began = self._clock()
            for pause_s in (*RETRY_PAUSES_S, None):
                error = self._try()
                if error is None:
                    self._failed = None
                    self.expiry = self._inner.expiry
                    self.token = self._inner.token
                    secret_values.remember(self.token)
                    return
                late = self._clock() - began >= self._timeout_s
                if pause_s is None or late or error.status not in TRANSIENT or self._was_repeated():
                    self._failed = self._clock(), error
                    raise TokenError(error)
                self._sleep(pause_s)

    def _try(self) -> ErrorStatus | None:
        """Refresh once; return what was in the way."""
        self._asked, self._answered = [], (0, b"")
        try:
            within(self._total_s, self._refresh_inner)
        except DeadlinePassed as error:
            return self._late(error)
        except Exception as error:
            refused = self._error(error)
            if refused is None:
                raise
            return refused
        token = self._inner.token
        if not isinstance(token, str) or not token.strip():
            service, method = _called_by(self._asked[-1] if self._asked else "")
            what = "null" if token is None else "empty" if isinstance(token, str) else f"a {type(token).__name__}"
            message = f"the token in the answer is {what}, not a text"
            return ErrorStatus(service=service, method=method, status="MALFORMED_RESPONSE", message=message)
        return None

    def _refresh_inner(self) -> None:
        UNDER_WAY.set(None)  # it is no part of the call that a token is wanted for, whose time may be up
        self._inner.refresh(self._request)

    def _late(self, error: DeadlinePassed) -> ErrorStatus:
        """Return what was in the way of a token that did not come in time: the last error, else silence."""
        service, method = _called_by(self._asked[-1] if self._asked else "")
        code, body = self._answered
        if code >= 400:  # google-auth itself asks again, with growing pauses
            return error_from_body(service, method, code, body)
        return ErrorStatus(service=service, method=method, status="TIMEOUT", message=str(error))

    def _was_repeated(self) -> bool:
        """Whether google-auth itself made the last request of this try more than once."""
        return bool(self._asked) and self._asked.count(self._asked[-1]) > 1

    def _error(self, error: Exception) -> ErrorStatus | None:
        """Read what broke a refresh: the last answer where that refused, else what google-auth says."""
        if not self._asked and (program := getattr(self._inner, "_credential_source_executable_command", "")):
            return _of_the_program(program, _of_the_program_s(self._inner), error)
        service, method = _called_by(self._asked[-1] if self._asked else "")
        code, body = self._answered
        if code >= 400:
            plain = error_from_body(service, method, code, body)
            # google-auth would lose the status, and the details of what IAM Credentials says.
            if service == IAM_CREDENTIALS or plain.reason in NO_ANSWERS or code >= 500 or code == _THROTTLED:
                return plain
        if 0 < code < 400:
            return ErrorStatus(
                service=service, method=method, status="MALFORMED_RESPONSE", message="the answer holds no token"
            )
        refused = error_from(error, service, method)
        of_oauth = refused is not None and refused.service == OAUTH  # as it is called where no one knows who was asked
        return replace(refused, service=service, method=method) if refused is not None and of_oauth else refused

    def apply(self, headers: dict[str, str], token: str | None = None) -> None:
        """Add the token, and the quota project where one is named."""
        super().apply(headers, token)  # type: ignore[no-untyped-call] # google-auth ships no types
        if self.identity.quota_project:
            headers["x-goog-user-project"] = self.identity.quota_project

    def fresh_token(self) -> str:
        """Return an access token that is good for some minutes.

        Raises:
            ApiError: see `refresh`.
        """
        if not self.valid:
            self.refresh(None)
        return str(self.token)


def _of_the_program(program: str, limit_s: float, error: Exception) -> ErrorStatus:
    """Return why a program of this machine gave no token; google-auth reads its two outputs as one.

    https://google-auth.readthedocs.io/en/stable/reference/google.auth.pluggable.html
    """
    if isinstance(error, subprocess.TimeoutExpired):
        what = f"it did not end within {limit_s:g} s (timeout_millis)"
    elif isinstance(error, json.JSONDecodeError):
        what = f"what it wrote to standard output and standard error together is no JSON: {error.doc.strip()[:200]}"
    elif isinstance(error, OSError):
        what = error.strerror or type(error).__name__
    elif isinstance(error, GoogleAuthError):
        what = str(error.args[0] if error.args else error)
    else:
        what = "it ended well, and what it wrote is no JSON object as google-auth wants it"
    return ErrorStatus(
        service="google-auth",
        method="Token",
        status="CREDENTIALS",
        reason="EXECUTABLE_CREDENTIALS",
        message=redact(printable(f"{program}: {what}")),
    )


def _of_the_program_s(inner: Any) -> float:
    """Return the seconds that a program which gives the token may take by the credentials file; 0 without one."""
    limit = getattr(inner, "_credential_source_executable_timeout_millis", None)
    return limit / 1000 if isinstance(limit, int | float) else 0.0


def anonymous(universe_domain: str) -> Credentials:
    """Return no one's credentials, for calls that bring a token of their own."""
    return Credentials(
        google_credentials.AnonymousCredentials(),  # type: ignore[no-untyped-call] # google-auth ships no types
        Identity(kind="no one", source="none"),
        timeout_s=1.0,
        universe_domain=universe_domain or GOOGLE,
    )


@dataclass(frozen=True, kw_only=True)
class AuthOptions:
    """What the settings ask of the credentials, beside what these say themselves.

    Attributes:
        quota_project: the project that calls are charged to; empty: what the credentials or the environment name.
        impersonate: the emails of service accounts with commas between: each becomes the next, the last makes the
            calls.
        universe_domain: the domain of the cloud; empty: the credentials' own.
        address: the base URL that serves every API; empty for Google's own hosts.
    """

    quota_project: str = ""
    impersonate: str = ""
    universe_domain: str = ""
    address: str = ""


def load_credentials(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    timeout_s: float = 10.0,
    options: AuthOptions | None = None,
) -> Credentials:
    """Find and read the credentials; no token is fetched yet.

    Args:
        file: use this file instead of looking for one.
        environment: the environment variables to honor.
        timeout_s: seconds a token request may take.
        requests: what the settings ask of them.

    Raises:
        ApiError: there are none, or the file cannot be used; ``error.status`` is ``CREDENTIALS``.
    """
    options = options or AuthOptions()
    if not options.quota_project:
        options = replace(options, quota_project=environment.get("GOOGLE_CLOUD_QUOTA_PROJECT", ""))
    found = _found(file, environment, timeout_s, options)
    return _impersonating(found, timeout_s, options) if options.impersonate else found


def _found(file: Path | None, environment: Mapping[str, str], timeout_s: float, options: AuthOptions) -> Credentials:
    named = environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    well_known = _gcloud_file(environment)
    path = file or (Path(named) if named else well_known if well_known.is_file() else None)
    if path is not None:
        info = _read(path, named_by="GOOGLE_APPLICATION_CREDENTIALS" if named and not file else "")
        return _from_info(info, path, timeout_s, options)
    if environment.get("NO_GCE_CHECK") != "true" and _metadata_answers(environment):
        return _from_metadata(timeout_s, options)
    raise _refused("NO_CREDENTIALS", "Your default credentials were not found.")


def _impersonating(found: Credentials, timeout_s: float, options: AuthOptions) -> Credentials:
    """Return credentials that become a service account.

    https://cloud.google.com/iam/docs/service-account-impersonation
    """
    from google.auth import impersonated_credentials as impersonated

    *delegates, target = options.impersonate.split(",")
    source = found._inner  # noqa: SLF001 - the same file
    if options.quota_project and hasattr(source, "with_quota_project"):
        source = source.with_quota_project(options.quota_project)  # the call to IAM Credentials is charged to it too
    if options.universe_domain and hasattr(source, "with_universe_domain"):
        source = source.with_universe_domain(options.universe_domain)
    path = f"/v1/projects/-/serviceAccounts/{target}:generateAccessToken"
    try:
        inner = impersonated.Credentials(  # type: ignore[no-untyped-call] # google-auth ships no types
            source_credentials=source,
            target_principal=target,
            target_scopes=[SCOPE],
            delegates=[f"projects/-/serviceAccounts/{each}" for each in delegates],
            iam_endpoint_override=f"{options.address}{path}" if options.address else None,
        )
    except Exception as error:
        refused = error_from(error, IAM_CREDENTIALS, "GenerateAccessToken")
        if refused is None:
            raise
        raise ApiError(refused) from error
    return Credentials(
        inner,
        Identity(
            kind=f"{found.identity.kind}, impersonating",
            source=found.identity.source,
            principal=target,
            quota_project=options.quota_project,
            consumer_project=options.quota_project or _project_of(target),
            impersonated=True,
        ),
        timeout_s=timeout_s,
        universe_domain=options.universe_domain,
    )


def _called_by(url: str) -> tuple[str, str]:
    """Return the API and the method that a request of google-auth's asks, by its path: a sandbox serves all alike."""
    asked = urlsplit(url)
    if asked.path.endswith(":generateAccessToken"):
        return IAM_CREDENTIALS, "GenerateAccessToken"
    if asked.path in {"/v1/token", "/v1/oauthtoken"}:
        return STS, "ExchangeToken"
    if asked.path.startswith("/computeMetadata/"):
        return "metadata server", "Token"
    if not url or asked.path == "/token" or asked.path.startswith(("/o/oauth2/", "/oauth2/")):
        return OAUTH, "Token"
    return asked.hostname or OAUTH, "Token"  # who makes the token that is exchanged for Google's


def _project_of(email: str) -> str:
    """Return the project a service account lives in, as far as its address tells."""
    suffix = ".iam.gserviceaccount.com"
    return email.partition("@")[2].removesuffix(suffix) if email.endswith(suffix) else ""


def _gcloud_file(environment: Mapping[str, str]) -> Path:
    if environment.get("CLOUDSDK_CONFIG"):
        folder = Path(environment["CLOUDSDK_CONFIG"])
    elif os.name == "nt":
        folder = Path(environment.get("APPDATA", "")) / "gcloud"
    else:
        folder = Path("~/.config/gcloud").expanduser()
    return folder / "application_default_credentials.json"


def _read(path: Path, *, named_by: str) -> dict[str, Any]:
    by = f", which {named_by} names," if named_by else ""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise _refused("CREDENTIALS_FILE_MISSING", f"File {path}{by} was not found.") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise _refused("CREDENTIALS_FILE_UNREADABLE", f"File {path}{by} cannot be read: {reason}.") from error
    try:
        info = json.loads(text)
    except ValueError as error:
        what = "is empty" if not text.strip() else "is not JSON"
        raise _refused("CREDENTIALS_FILE_MALFORMED", f"File {path}{by} {what}.") from error
    if not isinstance(info, dict) or info.get("type") not in _KINDS:
        kind = info.get("type") if isinstance(info, dict) else None
        raise _refused(
            "CREDENTIALS_FILE_MALFORMED",
            f"File {path}{by} holds no Google credentials (type {str(kind)[:40]!r}).",
        )
    return info


def _from_info(info: dict[str, Any], path: Path, timeout_s: float, options: AuthOptions) -> Credentials:
    for secret in ("refresh_token", "client_secret", "private_key"):
        secret_values.remember(info.get(secret))
    secret_values.remember((info.get("source_credentials") or {}).get("refresh_token"))
    try:
        inner = _inner(info)
    except Exception as error:
        # Every kind of file breaks in its own library's way; the message may quote the key, so it is not repeated.
        raise _refused(
            "CREDENTIALS_FILE_MALFORMED",
            f"File {path} cannot be used: {type(error).__name__} while reading its {info['type']} data.",
        ) from error
    quota_project = options.quota_project or str(info.get("quota_project_id") or "")
    principal = str(info.get("client_email") or "")
    url = str(info.get("service_account_impersonation_url") or "")
    if not principal and "/serviceAccounts/" in url:
        principal = url.rpartition("/serviceAccounts/")[2].partition(":")[0]
    own_project = str(info.get("project_id") or "") or _project_of(principal)
    return Credentials(
        inner,
        Identity(
            kind=_KINDS[info["type"]],
            source=str(path),
            principal=principal,
            quota_project=quota_project,
            consumer_project=quota_project or own_project,
            impersonated=bool(url),
        ),
        timeout_s=timeout_s,
        universe_domain=options.universe_domain,
    )


def _inner(info: dict[str, Any]) -> Any:
    """Make google-auth's credentials of the file's own kind.

    Not by google-auth's generic loader: for federated credentials that one also asks for a project id no one wants,
    which takes a token, a call to a fixed host, and fails where either does.
    """
    kind = info["type"]
    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call] # google-auth ships no types
    if kind == "authorized_user":
        from google.oauth2 import credentials as user

        return user.Credentials.from_authorized_user_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call] # likewise
    if kind == "impersonated_service_account":
        from google.auth import impersonated_credentials as impersonated

        return impersonated.Credentials.from_impersonated_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call] # likewise
    if kind == "external_account_authorized_user":
        from google.auth import external_account_authorized_user as workforce

        return workforce.Credentials.from_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call] # likewise
    from google.auth import aws, identity_pool, pluggable

    source = info.get("credential_source") or {}
    of_kind: Any = identity_pool
    if info.get("subject_token_type") == "urn:ietf:params:aws:token-type:aws4_request":
        of_kind = aws
    elif "executable" in source:
        of_kind = pluggable
    return of_kind.Credentials.from_info(info, scopes=[SCOPE])


def _metadata_answers(environment: Mapping[str, str]) -> bool:
    # https://cloud.google.com/compute/docs/metadata/overview: the address answers with its flavour, or is not there.
    host = environment.get("GCE_METADATA_IP") or environment.get("GCE_METADATA_HOST") or "169.254.169.254"

    def flavor() -> str | None:
        with requests.Session() as session:
            session.trust_env = False  # a proxy must not answer for the metadata server
            header = {"Metadata-Flavor": "Google"}
            response = session.get(
                f"http://{host}/", headers=header, timeout=METADATA_TIMEOUT_S, stream=True, allow_redirects=False
            )
            response.close()
            return response.headers.get("Metadata-Flavor")

    try:
        return within(2 * METADATA_TIMEOUT_S, flavor) == "Google"
    except (requests.RequestException, DeadlinePassed):
        return False


def _from_metadata(timeout_s: float, options: AuthOptions) -> Credentials:
    from google.auth import compute_engine

    return Credentials(
        compute_engine.Credentials(scopes=[SCOPE]),  # type: ignore[no-untyped-call] # google-auth ships no types
        Identity(
            kind="metadata server",
            source="metadata server",
            quota_project=options.quota_project,
            consumer_project=options.quota_project,
        ),
        timeout_s=timeout_s,
        universe_domain=options.universe_domain,
    )


def _refused(reason: str, message: str) -> ApiError:
    return ApiError(
        ErrorStatus(
            service="google-auth",
            method="LoadCredentials",
            status="CREDENTIALS",
            reason=reason,
            message=message,
        )
    )
