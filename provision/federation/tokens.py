"""Would this token be let in? Its claims held against a provider, one requirement after the other.

Security Token Service answers a token that does not fit with one code and one sentence; this says which part refuses,
and what is in the token there. The signature is not verified: that is left to Google.
https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from provision.checks import CheckSpec
from provision.errors import UsageError
from provision.federation import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from provision.plan import Check, JsonValue

TOKEN: Final = CheckSpec(
    id="ci.token",
    passes_when="The token is one (`provision ci verify`).",
    evidence={"claims": "person", "problem": "public"},
    diagnoses=("TOKEN_UNREADABLE",),
)
TIMES: Final = CheckSpec(
    id="ci.token_times",
    passes_when="The token is good now (`provision ci verify`).",
    evidence={"problem": "public"},
    diagnoses=("TOKEN_EXPIRED",),
)
SIGNATURE: Final = CheckSpec(
    id="ci.token_signature",
    passes_when="Google takes the token as signed by its issuer (`provision ci verify --exchange`).",
    weight="advisory",
)
ISSUER: Final = CheckSpec(
    id="ci.token_issuer",
    passes_when="The token's issuer is the provider's (`provision ci verify`).",
    evidence={"issuer": "person", "expected": "person"},
    diagnoses=("TOKEN_ISSUER",),
)
AUDIENCE: Final = CheckSpec(
    id="ci.token_audience",
    passes_when="The token was made for this provider (`provision ci verify`).",
    evidence={"problem": "public", "expected": "person"},
    diagnoses=("TOKEN_AUDIENCE",),
)
MAPPING: Final = CheckSpec(
    id="ci.token_mapping",
    passes_when="Every mapped attribute has a value (`provision ci verify`).",
    evidence={"problem": "public", "*": "person"},  # the attributes that the provider maps
    diagnoses=("TOKEN_MAPPING",),
)
CONDITION: Final = CheckSpec(
    id="ci.token_condition",
    passes_when="The provider's condition lets the token in (`provision ci verify`).",
    evidence={"problem": "public"},
    diagnoses=("NO_CONDITION", "TOKEN_CONDITION"),
)
TRUST: Final = CheckSpec(
    id="ci.token_trust",
    passes_when="The token's bearer may become the service account (`provision ci verify`).",
    evidence={"problem": "public", "account": "id"},
    diagnoses=("TOKEN_NOT_TRUSTED",),
)
EXCHANGE: Final = CheckSpec(
    id="ci.exchange",
    passes_when="Google exchanges the token (`provision ci verify --exchange`).",
    evidence={"problem": "public"},
    diagnoses=("PROPAGATION_PENDING",),
)
IMPERSONATION: Final = CheckSpec(
    id="ci.impersonation",
    passes_when="The bearer becomes the service account (`provision ci verify --exchange`).",
    evidence={"problem": "public"},
    diagnoses=("PROPAGATION_PENDING",),
)
CHECKS: Final = (TOKEN, SIGNATURE, TIMES, ISSUER, AUDIENCE, MAPPING, CONDITION, TRUST, EXCHANGE, IMPERSONATION)
LONGEST_SUBJECT: Final = 127  # bytes
LONGEST_EXPRESSION: Final = 4096
"""Characters that Google takes: https://docs.cloud.google.com/iam/docs/workload-identity-federation#conditions"""
LONGEST_TOKEN: Final = 2**16
MOST_LOOPS: Final = 2
_LOOP: Final = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
OLDEST_S: Final = 24 * 3600
SKEW_S: Final = 60
_EQUALS: Final = re.compile(r"""\s*assertion\.(\w+)\s*==\s*(?:'([^']*)'|"([^"]*)")\s*""")
_NAMED: Final = re.compile(r"(?:https:)?//iam\.googleapis\.com/projects/([^/]+)/(.+)")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider, as far as it decides who comes in, and who may become the service account behind it.

    Attributes:
        name: the provider's full resource name.
        audiences: empty where a token must be made for the provider itself.
        account: the service account's email.
        trusted: the members that its policy lets become it; None where that was not seen.
    """

    name: str
    issuer: str
    mapping: Mapping[str, str]
    condition: str
    audiences: tuple[str, ...] = ()
    account: str = ""
    trusted: tuple[str, ...] | None = None

    @property
    def pool(self) -> str:
        """The pool's full resource name."""
        return self.name.partition("/providers/")[0]

    @property
    def expected(self) -> tuple[str, ...]:
        """Every audience that is taken."""
        return self.audiences or (rules.audience(self.name), f"//iam.googleapis.com/{self.name}")


def evaluate(text: str, provider: Provider, *, now: float, exchanged: bool = False) -> Iterator[Check]:
    """Hold a token against a provider; whether it is signed by its issuer, only Google can tell.

    Args:
        text: the token, or the JSON in which GitHub answers one.
        now: seconds since 1970.
        exchanged: Google is asked as well, and verifies the signature.

    Raises:
        UsageError: the library that evaluates conditions is not installed.
    """
    claims = _claims(text)
    if isinstance(claims, str):
        yield TOKEN.failed("this is no token", "TOKEN_UNREADABLE", problem=claims)
        return
    shown: dict[str, JsonValue] = {
        key: value for key, value in claims.items() if isinstance(value, str | int | float | bool)
    }
    yield TOKEN.passed(f"says that it is a token of {claims.get('iss', 'none')}", claims=shown)
    if not exchanged:
        yield SIGNATURE.skipped("not checked (use --exchange)")
    yield _times(claims, now)
    yield _issuer(claims, provider)
    yield _audience(claims, provider)
    mapped, mapping = _mapping(claims, provider)
    yield mapping
    yield _condition(claims, mapped, provider)
    if provider.trusted is not None:
        yield _trust(mapped, provider)


def decoded(text: str) -> str:
    """Return the token itself, out of the JSON in which GitHub answers one.

    https://docs.github.com/actions/reference/security/oidc: ``{"count": 1, "value": TOKEN}``
    """
    text = text.strip()
    if not text.startswith("{"):
        return text
    try:
        return str(json.loads(text).get("value", ""))
    except ValueError:
        return text


def _claims(text: str) -> dict[str, Any] | str:  # noqa: PLR0911 - one sentence for each way to be no token
    """Return the claims, or what is wrong with the text; never a part of the text itself."""
    text = decoded(text)
    parts = text.split(".")
    if len(text) > LONGEST_TOKEN:
        return f"it is longer than {LONGEST_TOKEN // 1024} KiB, which no token is"
    if not text:
        return "it is empty; the job lacks `id-token: write` (GitHub) or `id_tokens:` (GitLab)"
    if text.startswith("ya29."):
        return "it is an access token of Google's, which is what the exchange would give"
    if len(parts) != 3:
        return f"it is not three parts with dots between, but {len(parts)}"
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        return "its parts are not base64 of JSON"
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return "its parts are not JSON objects"
    if header.get("alg") not in {"RS256", "ES256"}:
        return f"it is signed with {str(header.get('alg'))[:20]}, and Google takes RS256 and ES256"
    return claims


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _times(claims: Mapping[str, Any], now: float) -> Check:
    issued, expires = claims.get("iat"), claims.get("exp")
    begins = max(each for each in (issued, claims.get("nbf"), 0) if _is_number(each))
    if not _is_number(issued) or not _is_number(expires):
        problem = "it has no `iat` or no `exp`"
        return TIMES.failed(problem, "TOKEN_EXPIRED", problem=problem)
    problem = ""
    if now >= expires:
        problem = f"it expired {_ago(now - expires)} ago"
    elif begins > now + SKEW_S:
        problem = f"it begins in {_ago(begins - now)}: this machine's clock or the issuer's is wrong"
    elif expires - issued > OLDEST_S:
        problem = "it lives longer than 24 hours, which Google does not take"
    if problem:
        return TIMES.failed(problem, "TOKEN_EXPIRED", problem=problem)
    return TIMES.passed(f"good for another {_ago(expires - now)}")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ago(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} minutes"
        if seconds < 7200
        else f"{seconds / 3600:.0f} hours"
    )


def _issuer(claims: Mapping[str, Any], provider: Provider) -> Check:
    issuer = str(claims.get("iss", ""))
    if issuer == provider.issuer:
        return ISSUER.passed(issuer)
    close = " (they differ in a slash or in upper and lower case)" if _close(issuer, provider.issuer) else ""
    return ISSUER.failed(
        f"signed by {issuer or 'none'}, not by {provider.issuer}{close}",
        "TOKEN_ISSUER",
        issuer=issuer,
        expected=provider.issuer + close,
    )


def _close(one: str, other: str) -> bool:
    return one.casefold().rstrip("/") == other.casefold().rstrip("/")


def _audience(claims: Mapping[str, Any], provider: Provider) -> Check:
    given = claims.get("aud")
    audiences = [str(each) for each in given] if isinstance(given, list) else [str(given)] if given else []
    if any(each in provider.expected for each in audiences):
        return AUDIENCE.passed("made for this provider")
    expected = provider.expected[0]
    problem = "; ".join(_wrong_audience(each, expected) for each in audiences) or "it names none"
    return AUDIENCE.failed(problem, "TOKEN_AUDIENCE", problem=problem, expected=expected)


def _wrong_audience(given: str, expected: str) -> str:  # noqa: PLR0911 - one sentence for each way to be wrong
    named, wanted = _NAMED.fullmatch(given), _NAMED.fullmatch(expected)
    if named and wanted and named[2] == wanted[2] and not named[1].isdigit():
        return f"{given} names the project by its id {named[1]!r}; it must be the number {wanted[1]}"
    if named and wanted and named[2] == wanted[2]:
        return f"{given} names another project, {named[1]}, not {wanted[1]}"
    if _close(given, expected):
        return f"{given} differs in upper and lower case or in a slash"
    if f"https://{given.removeprefix('http://')}" == expected:
        return f"{given} lacks `https://`"
    if named and wanted:
        return f"{given} names another pool or provider"
    if given.startswith(("https://github.com/", "https://gitlab")):
        return f"{given} is what is signed where no audience is asked for"
    return f"{given} is someone else's"


def _mapping(claims: Mapping[str, Any], provider: Provider) -> tuple[dict[str, Any], Check]:
    mapped: dict[str, Any] = {}
    absent: list[str] = []
    for name, expression in provider.mapping.items():
        value = _evaluate(expression, {"assertion": dict(claims)})
        if isinstance(value, _NoValue):
            absent.append(f"{name} (`{expression}`: {value.why})")
        else:
            mapped[name] = value
    subject = mapped.get("google.subject")
    if not isinstance(subject, str) or not subject:
        problem = f"google.subject has no value: {'; '.join(absent) or 'it is no text'}"
        return mapped, MAPPING.failed(problem, "TOKEN_MAPPING", problem=problem)
    size = len(subject.encode())
    if size > LONGEST_SUBJECT:
        problem = f"google.subject has {size} bytes, and {LONGEST_SUBJECT} are allowed (a long branch makes it long)"
        return mapped, MAPPING.failed(problem, "TOKEN_MAPPING", problem=problem)
    if absent:
        problem = f"no value for {'; '.join(absent)}"
        return mapped, MAPPING.warned(problem, "TOKEN_MAPPING", problem=problem)
    return mapped, MAPPING.passed(f"google.subject is {subject}", **mapped)


def _condition(claims: Mapping[str, Any], mapped: Mapping[str, Any], provider: Provider) -> Check:
    if not provider.condition:
        return CONDITION.warned("the provider has no condition: it lets in everyone", "NO_CONDITION")
    variables = _variables(claims, mapped)
    value = _evaluate(provider.condition, variables)
    if value is True:
        return CONDITION.passed(provider.condition)
    wrong = [why for part in _parts(provider.condition) if (why := _refuses(part, claims, variables))]
    problem = "; ".join(wrong) or f"`{provider.condition}` does not hold"
    if isinstance(value, _NoValue) and value.unknown:
        return CONDITION.unknown(f"the condition cannot be evaluated here: {value.why}", None)
    return CONDITION.failed(problem, "TOKEN_CONDITION", problem=problem)


def _variables(claims: Mapping[str, Any], mapped: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "assertion": dict(claims),
        "google": {name.partition(".")[2]: value for name, value in mapped.items() if name.startswith("google.")},
        "attribute": {name.partition(".")[2]: value for name, value in mapped.items() if name.startswith("attribute.")},
    }


def _parts(condition: str) -> list[str]:
    """Return what is between `&&` outside of brackets and quotes."""
    found, depth, quote, start, at = [], 0, "", 0, 0
    while at < len(condition):
        letter = condition[at]
        if quote:
            quote = "" if letter == quote and condition[at - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and condition.startswith("&&", at):
            found.append(condition[start:at])
            start = at = at + 2
            continue
        at += 1
    return [part.strip() for part in (*found, condition[start:])]


def _refuses(  # noqa: PLR0911 - one sentence for each way not to fit
    part: str, claims: Mapping[str, Any], variables: Mapping[str, Any]
) -> str:
    """Return why a part does not hold; empty if it does."""
    value = _evaluate(part, variables)
    if value is True:
        return ""
    equals = _EQUALS.fullmatch(part)
    if equals is None:
        return f"`{part}` {value.why if isinstance(value, _NoValue) else 'does not hold'}"
    claim, wanted = equals[1], equals[2] if equals[2] is not None else equals[3]
    if claim not in claims:
        return f"the token has no {claim!r}, and {wanted!r} is asked for"
    given = claims[claim]
    if not isinstance(given, str):
        return (
            f"{claim} is the number {given}, and the text {wanted!r} is asked for"
            if str(given) == wanted
            else f"{claim} is {given}, not {wanted!r}"
        )
    if given.casefold() == wanted.casefold():
        return f"{claim} is {given!r}, not {wanted!r}: upper and lower case count"
    if wanted.isdigit() != given.isdigit():
        kind = (
            "a number is asked for, and this is a name"
            if wanted.isdigit()
            else "a name is asked for, and this is a number"
        )
        return f"{claim} is {given!r}, not {wanted!r}: {kind}"
    if claim == "ref" and given.rpartition("/")[2] == wanted.rpartition("/")[2]:
        return f"{claim} is {given!r}, not {wanted!r}: same name, other kind of reference"
    return f"{claim} is {given!r}, not {wanted!r}"


def _trust(mapped: Mapping[str, Any], provider: Provider) -> Check:
    trusted = provider.trusted or ()
    principals = tuple(_principals(mapped, provider.pool))
    good = next((each for each in principals if each in trusted), "")
    if good:
        return TRUST.passed(f"{good.rpartition('/workloadIdentityPools/')[2]} may become {provider.account}")
    problem = _near(principals, trusted) or _old_subject(mapped, trusted) or "its policy names none of them"
    return TRUST.failed(
        f"may not become {provider.account}: {problem}",
        "TOKEN_NOT_TRUSTED",
        problem=problem,
        account=provider.account,
    )


def _principals(mapped: Mapping[str, Any], pool: str) -> Iterator[str]:
    there = f"iam.googleapis.com/{pool}"
    yield f"principalSet://{there}/*"
    yield f"principal://{there}/subject/{mapped.get('google.subject', '')}"
    groups = mapped.get("google.groups")
    for group in groups if isinstance(groups, list) else []:
        yield f"principalSet://{there}/group/{group}"
    for name, value in mapped.items():
        if name.startswith("attribute."):
            yield f"principalSet://{there}/{name}/{value}"


def _old_subject(mapped: Mapping[str, Any], trusted: Iterable[str]) -> str:
    """Say that a policy trusts the subject that the repository's tokens had before GitHub put numbers into it.

    Since 2026-07-15, for repositories that are made or renamed: ``repo:OWNER@ID/NAME@ID:…``.
    https://docs.github.com/actions/reference/security/oidc
    """
    subject = str(mapped.get(rules.SUBJECT, ""))
    old = re.sub(r"@[0-9]+(?=[/:])", "", subject)
    if old != subject and any(member.endswith(f"/subject/{old}") for member in trusted):
        return f"its policy trusts the subject {old}, and this token's is {subject}: GitHub puts numbers into it now"
    return ""


def _near(principals: Iterable[str], trusted: Iterable[str]) -> str:
    for principal in principals:
        for member in trusted:
            if principal.casefold() == member.casefold():
                return f"{member} and {principal} differ in upper and lower case"
            one, other = (re.sub(r"/projects/[^/]+/", "/projects/-/", each) for each in (principal, member))
            if one == other:
                return f"{member} names the project by its id or another number"
    return ""


@dataclass(frozen=True)
class _NoValue:
    """An expression without a value; ``unknown`` where that may be so only here."""

    why: str
    unknown: bool = False


def _evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    # The library cannot be stopped once it has begun: loops within loops over a long list would take hours.
    if len(expression) > LONGEST_EXPRESSION:
        return _NoValue(f"it is longer than {LONGEST_EXPRESSION} characters", unknown=True)
    if len(_LOOP.findall(expression)) > MOST_LOOPS:
        return _NoValue(f"it holds more than {MOST_LOOPS} loops, which are not evaluated here", unknown=True)
    if _is_inexact(expression, variables):
        return _NoValue("it compares numbers or sizes that are not told exactly here", unknown=True)
    evaluate, context = _cel(variables)
    try:
        return evaluate(expression, context)
    except Exception as error:  # noqa: BLE001 - whatever the library raises means that there is no value
        # By CEL's definition an error at one element does not matter where another decides: not so in the library.
        if isinstance(error, KeyError) and not _LOOP.search(expression):
            return _NoValue(f"the token has no {error.args[0]!r}")
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return _NoValue(why, unknown=True)


_DOUBLE: Final = re.compile(r"(?<![\w.])\d*\.\d|(?<![\w.])\d+[eE]|\bdouble\s*\(")
_NUMBER_AS_KEY: Final = re.compile(r"[{,]\s*\d+[uU]?\s*:")
_SIZE: Final = re.compile(r"\bsize\s*\(")
_EXACT: Final = 2**53  # from here on not every integer is a double


def _is_inexact(expression: str, variables: Mapping[str, Any]) -> bool:
    """Tell whether the library may differ from CEL's definition.

    It compares integers with doubles as doubles, keys of maps by their types, and counts a text's bytes.
    https://github.com/google/cel-spec/blob/master/doc/langdef.md
    """
    claims = list(_leaves(variables))
    doubles = bool(_DOUBLE.search(expression)) or any(isinstance(each, float) for each in claims)
    written = [int(each) for each in re.findall(r"(?<![\w.])\d+", expression)]
    integers = [each for each in claims if isinstance(each, int) and not isinstance(each, bool)]
    large = any(abs(each) >= _EXACT for each in [*written, *integers])
    sizes = bool(_SIZE.search(expression)) and not (
        expression.isascii() and all(each.isascii() for each in claims if isinstance(each, str))
    )
    return (doubles and large) or bool(_NUMBER_AS_KEY.search(expression)) or sizes


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _cel(variables: Mapping[str, Any]) -> tuple[Callable[..., Any], Any]:
    try:
        import cel
        from cel.stdlib import add_stdlib_to_context
    except ImportError as error:
        raise UsageError(
            "conditions cannot be evaluated here",
            cause="the library for Google's Common Expression Language is not installed",
            fix="pip install 'vertex-provision[ci]'",
        ) from error
    context = cel.Context(variables=dict(variables))
    add_stdlib_to_context(context)
    return cel.evaluate, context
