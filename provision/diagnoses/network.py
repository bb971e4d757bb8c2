"""The way to Google, and Google's own troubles. What stays open here is unknown, never a no."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_ERRORS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/api-errors"

ROWS: Final = (
    Diagnosis(
        key="STREAM_BROKEN",
        match=Match(reason="STREAM_BROKEN"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{message}",
        fix="run it again; behind a proxy, look for one that ends long answers",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="TLS",
        match=Match(reason="TLS"),
        who="you",
        verdict="unknown",
        source="https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification",
        cause="{called_service} was reached, and its certificate is not trusted: a proxy may be reading along. {message}",
        fix="set REQUESTS_CA_BUNDLE and SSL_CERT_FILE to your organization's CA file",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="UNREACHABLE",
        match=Match(status="UNREACHABLE"),
        who="you",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/vpc/docs/configure-private-google-access",
        cause="{called_service} could not be reached: {message}",
        fix="check the network, the proxy (HTTPS_PROXY) and the name's DNS entry, then run it again",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="TIMEOUT",
        match=Match(status="TIMEOUT"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} did not answer {method} in time.",
        fix="run it again; on a slow line raise --call-timeout",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="GARBLED",
        match=Match(status="GARBLED"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} sent an answer nobody can read: {message}",
        fix="look for a proxy in between (HTTPS_PROXY), then run it again",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="UNAVAILABLE",
        match=Match(status="UNAVAILABLE"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} is unavailable just now: {message}",
        fix="run it again in a minute; https://status.cloud.google.com",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="INTERNAL",
        match=Match(status="INTERNAL"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} has an error of its own: {message}",
        fix="run it again in a minute; https://status.cloud.google.com",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="DEADLINE_EXCEEDED",
        match=Match(status="DEADLINE_EXCEEDED"),
        who="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} gave up on {method} before it had an answer.",
        fix="run it again; on a slow line raise --call-timeout",
        provoked_by=("any",),
    ),
)
