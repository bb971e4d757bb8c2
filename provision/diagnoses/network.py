"""The way to Google, and Google's own troubles. What stays open here is unknown, never a no."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request

_ERRORS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/api-errors"
_LOCATIONS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations"
_AGAIN: Final = "run it again in a minute; if it stays so, look at https://status.cloud.google.com"
_UNRESOLVED: Final = (
    r"Name or service not known|nodename nor servname|Name does not resolve|\bgetaddrinfo\b|\bENOTFOUND\b|could not resolve host"
    r"|failed to resolve|no such host|DNS resolution failed|Temporary failure in name resolution|could not contact DNS"
    r"|Name resolution failed|EAI_AGAIN|UnknownHostException|server misbehaving"
)
_REFUSED: Final = (
    r"Connection (refused|reset)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|i/o timeout"
    r"|no route to host|network is unreachable|Network unreachable"
)
_CA: Final = (
    "have your organization's CA file at hand, and set: REQUESTS_CA_BUNDLE and SSL_CERT_FILE (Python, openai), "
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH (gRPC), NODE_EXTRA_CA_CERTS (Node); gcloud config set core/custom_ca_certs_file FILE"
)

ROWS: Final = (
    Diagnosis(
        key="STREAM_BROKEN",
        match=Match(reason="STREAM_BROKEN"),
        also=(
            Match(
                text=r"peer closed connection without sending complete message|incomplete chunked read", generic=True
            ),
        ),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The answer broke off in the middle: {message}",
        fix="run it again; behind a proxy, look for one that ends long answers",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="STREAM_STALLED",
        match=Match(reason="STREAM_STALLED"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The answer began and went silent, though the connection stayed open: it is slow, or hangs. {message}",
        fix="run it again; if it goes on after a while, raise --call-timeout, which is how long one chunk may take",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="STREAM_ENDLESS",
        match=Match(reason="STREAM_ENDLESS"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The answer did not end: {message}",
        fix="run it again; if it only takes long, raise --check-timeout, which is how long one answer may take",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="PLAINTEXT_SERVER",
        match=Match(
            text=r"WRONG_VERSION_NUMBER|wrong version number|plain HTTP request was sent to HTTPS port|record layer failure",
            generic=True,
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://grpc.io/docs/guides/auth/",
        cause="A server that speaks no TLS was called with TLS: an emulator or the sandbox, or a proxy named with https:// instead of http://.",
        fix='write http:// in HTTPS_PROXY; for gRPC to an emulator use an insecure channel, or transport="rest"',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="RESTRICTED_HOST_TLS",
        match=Match(
            text=r"\.rep\.googleapis\.com.{0,200}(certificate|handshake|SSL|TLS)|(certificate|handshake|SSL|TLS).{0,200}\.rep\.googleapis\.com",
            priority=140,
        ),
        fix_owner="admin",
        verdict="unknown",
        source=_LOCATIONS,
        cause="The network sends Google's names to Private Google Access, which does not serve the hosts under .rep.googleapis.com.",
        fix="use the regional host (us-central1-aiplatform.googleapis.com) or `global` instead; or send the request below",
        triggered_by=("any",),
        request=Request(
            ask="make the hosts under rep.googleapis.com reachable, by a Private Service Connect endpoint for the regional API",
            reason="Private Google Access does not cover these hosts, and TLS to them fails",
            command="gcloud network-connectivity regional-endpoints create NAME --region={location} --target-google-api=HOST --network=NETWORK --subnetwork=SUBNETWORK --project={project_id}",
        ),
    ),
    Diagnosis(
        key="TLS_STRICT",
        match=Match(
            text=r"Missing (Authority|Subject) Key Identifier|CA cert does not include key usage extension"
            r"|Basic Constraints of CA cert not marked critical|Path length given without key usage keyCertSign",
            generic=True,
            priority=140,
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://docs.python.org/3/library/ssl.html#ssl.create_default_context",
        cause="The CA of a proxy on the way is known here, and its certificate lacks what RFC 5280 asks for, which Python checks from 3.13 on: {message}",
        fix="run this on Python 3.12 or 3.11; and ask who keeps the proxy for a CA certificate with critical basic constraints, the key usage keyCertSign, and key identifiers",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="TLS",
        match=Match(reason="TLS"),
        also=(
            Match(
                text=r"CERTIFICATE_VERIFY_FAILED|unable to get (local )?issuer certificate|self.signed certificate|certificate signed by unknown authority|x509:"
                r"|unable to verify the first certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN"
                r"|PKIX path building failed|unable to find valid certification path",
                generic=True,
            ),
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification",
        cause="{called_service} was reached, and its certificate is not trusted: a proxy of your organization reads along, and this program does not know its CA. {message}",
        fix=_CA,
        triggered_by=("any",),
    ),
    Diagnosis(
        key="NAME_NOT_RESOLVED",
        match=Match(status="UNREACHABLE", text=_UNRESOLVED, generic=True, conclusive=False),
        also=(
            Match(
                text=rf"googleapis\.com.{{0,200}}({_UNRESOLVED})|({_UNRESOLVED}).{{0,200}}googleapis\.com",
                generic=True,
                priority=3,
            ),
        ),
        fix_owner="you",
        verdict="unknown",
        retryable=True,
        source=_LOCATIONS,
        cause="The name of the host does not exist, or DNS does not work here. For a regional host the region is misspelled most often.",
        fix="does this answer? nslookup aiplatform.googleapis.com   (no: the network or its DNS; yes: correct the region; `global` has no prefix)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="IPV6",
        match=Match(
            text=r"failed to connect to all addresses.{0,300}(No route to host|Network is unreachable).{0,200}|ipv6:.{0,200}(No route to host|unreachable)"
            r"|\[2[0-9a-f]{3}:[0-9a-f:]+\]:443.{0,60}(no route to host|unreachable|cannot assign requested address)",
            generic=True,
            priority=6,
        ),
        fix_owner="you",
        verdict="unknown",
        retryable=True,
        source="https://github.com/GoogleCloudPlatform/agent-starter-pack/issues/158",
        cause="This machine has an IPv6 address and no way out over it.",
        fix='use REST instead of gRPC (transport="rest"), or turn IPv6 off: sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="PROXY_AUTHENTICATION",
        match=Match(code=407),
        also=(Match(text=r"Proxy Authentication Required", generic=True),),
        fix_owner="you",
        verdict="unknown",
        source="https://datatracker.ietf.org/doc/html/rfc9110#name-407-proxy-authentication-re",
        cause="The proxy in between wants a user and a password. Google was not reached.",
        fix="export HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT   (ask your network's administrator for them)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="PROXY_PAGE",
        match=Match(reason="PROXY_PAGE"),
        also=(
            Match(text=r"Tunnel connection failed: (?!407)[45]\d\d|Proxy responded with (?!407)[45]\d\d", generic=True),
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://cloud.google.com/vpc/docs/configure-private-google-access",
        cause="Someone in between answered instead of Google: a proxy, a firewall or a login page of the network. It said: {message}",
        fix="look at HTTPS_PROXY; ask your network's administrator to let *.googleapis.com through unchanged, then run it again",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="EDGE_ERROR",
        reproduced_by=("EDGE_FORBIDDEN", "project"),
        match=Match(reason="HTML_PAGE", code=403),
        also=(Match(reason="EMPTY_BODY", code=403),),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="A bare 403 without Google's usual explanation. It comes from the edge of Google's network, and mostly passes when asked again; it says nothing about permissions.",
        fix="run it again; if it stays so, look for a proxy in between (HTTPS_PROXY)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="HTML_PAGE",
        match=Match(reason="HTML_PAGE"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="A web page came instead of an answer of the API: {message}",
        fix=_AGAIN,
        triggered_by=("any",),
    ),
    Diagnosis(
        key="EMPTY_BODY",
        match=Match(reason="EMPTY_BODY"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The answer is an error without a word (HTTP {code}).",
        fix="run it again; if it stays so, look for a proxy in between (HTTPS_PROXY)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="NO_HEALTHY_UPSTREAM",
        reproduced_by=("NO_HEALTHY_UPSTREAM", "chat"),
        match=Match(text=r"no healthy upstream", generic=True),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The servers of this model at this location are down.",
        fix="use another location (`provision models` shows where the model runs), or run it again later",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="UNREACHABLE",
        match=Match(status="UNREACHABLE"),
        also=(
            Match(
                text=rf"failed to connect to all addresses|googleapis\.com.{{0,200}}({_REFUSED})|({_REFUSED}).{{0,200}}googleapis\.com",
                generic=True,
            ),
            Match(text=r"ConnectTimeout(Error)?\b|connect(ion)? timed out|dial tcp .{0,60}i/o timeout", generic=True),
        ),
        fix_owner="you",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/vpc/docs/configure-private-google-access",
        cause="{called_service} could not be reached: {message}",
        fix="does this answer? curl -sS https://www.googleapis.com   (no: look at the network and at HTTPS_PROXY; yes: run it again)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="TIMEOUT",
        match=Match(status="TIMEOUT"),
        also=(
            Match(
                text=r"APITimeoutError|ReadTimeout(Error)?\b|Read timed out",
                generic=True,
                priority=-5,
            ),
        ),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} did not answer {method} in time.",
        fix="run it again; on a slow line raise --call-timeout; long answers should be streamed",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="MALFORMED_RESPONSE",
        match=Match(status="MALFORMED_RESPONSE"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} sent an answer no one can read: {message}",
        fix="look for a proxy in between (HTTPS_PROXY), then run it again",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CANCELLED",
        reproduced_by=("CANCELLED", "project"),
        match=Match(status="CANCELLED"),
        also=(Match(code=499),),
        fix_owner="you",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="The call was given up by its own side before the answer came: a client's time limit, or Ctrl-C.",
        fix="raise the client's timeout, or stream the answer",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="ABORTED",
        match=Match(status="ABORTED"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/apis/design/errors",
        cause="Two changes met, and {called_service} let the other one through: {message}",
        fix="run it again",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="UNAVAILABLE",
        reproduced_by=("UNAVAILABLE", "project"),
        match=Match(status="UNAVAILABLE"),
        also=(Match(text=r"The service is currently unavailable", generic=True),),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} is unavailable just now: {message}",
        fix=_AGAIN,
        triggered_by=("any",),
    ),
    Diagnosis(
        key="INTERNAL",
        reproduced_by=("INTERNAL", "project"),
        match=Match(status="INTERNAL"),
        also=(Match(status="UNKNOWN", code=500), Match(text=r"Internal error encountered", generic=True, priority=-5)),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source=_ERRORS,
        cause="{called_service} has an error of its own: {message}",
        fix=_AGAIN,
        triggered_by=("any",),
    ),
    Diagnosis(
        key="DEADLINE_EXCEEDED",
        reproduced_by=("DEADLINE_EXCEEDED", "project"),
        match=Match(status="DEADLINE_EXCEEDED"),
        also=(Match(text=r"Deadline Exceeded|Deadline expired before operation", generic=True),),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/predictions/choose-endpoint-type",
        cause="{called_service} gave up on {method} before it had an answer: a cold model, or more than the 60 s of a shared endpoint.",
        fix="run it again; stream long answers; on a slow line raise --call-timeout",
        triggered_by=("any",),
    ),
)
