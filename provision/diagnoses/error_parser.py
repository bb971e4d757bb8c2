"""Read any error that someone pastes: what Google said, found between whatever else is there.

Error bodies and Python's way of printing them; gRPC's and google-api-core's text; gcloud's YAML; Terraform's and Go's
text; HTTP answers with their headers; OAuth's errors; log lines around all of these, with colors, time stamps and
double-escaped quotes; and texts that were cut off. What belongs to another cloud is told so, and nothing is guessed.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from provision import diagnoses
from provision.diagnoses.facts import facts_of
from provision.diagnoses.pasted_text import cleaned, sections
from provision.diagnoses.provenance import Origin, foreign_in, origin_of
from provision.diagnoses.row import words_of
from provision.errors import ErrorStatus
from provision.google.errors import (
    NO_ANSWERS,
    STATUSES,
    error_from_body,
    from_details,
    status_of_code,
    status_of_rpc_code,
)
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = 2_000
_OVERLAP: Final = 500

_HOST: Final = re.compile(r"\b([\w-]+(?:\.[\w-]+)*\.googleapis\.com)\b")
_STATUS: Final = re.compile(rf"\b({'|'.join(sorted(STATUSES, key=len, reverse=True))})\b")
_CODE: Final = re.compile(
    r"(?:googleapi: Error|HTTP(?:/[\d.]+)?|Error code:?|HttpError|status(?:[ _]code)?:?|status=\[|\bcode=|responded with|request to \S+:|got HTTP response code"
    r"|exceptions\.\w+:|[Rr]eceived|response:?|^|ERROR:|ClientError:|APIError:) *[\[\"']?([45]\d\d)\b(?!\.\d)",
    re.IGNORECASE | re.MULTILINE,
)
_RPC_CODE: Final = re.compile(
    r"(?:\bError code (?=\d+, message:)|OperationError: code=|Error Response: \[|\bgrpc_status: ?|Google::Cloud::\w+Error: )(\d{1,2})\b"
    r"|\bcode = (\w+) desc =|\bgeneric::(\w+)"
)
_IMPERSONATING: Final = re.compile(
    r"impersonated credentials|generate Google Cloud (?:access|ID|OAuth 2\.0 Access) token|impersonate:", re.IGNORECASE
)
_OAUTH: Final = re.compile(
    r"\b(invalid_grant|invalid_target|unauthorized_client|invalid_request|invalid_scope|invalid_client|quota_exceeded)\b"
)
_HTTP: Final = re.compile(r"^(?:< ?)?HTTP/[\d.]+ ([1-5]\d\d)[^\n]*$", re.MULTILINE)
_REASON: Final = re.compile(r"[\"']?\breason[\"']?\s*[:=]\s*[\"']?([A-Z][A-Z0-9]*_[A-Z0-9_]+|GCP_SUSPENDED)\b")
# A log line may keep no more of the details than the reason.
_BARE_REASON: Final = re.compile(
    rf"\b(?:{'|'.join(sorted({each for row in diagnoses.ROWS for match in row.matches for each in match.reason.split('|') if re.fullmatch('[A-Z]+(_[A-Z]+)+', each) and each not in NO_ANSWERS}))})\b"
)
_DOMAIN: Final = re.compile(r"[\"']?\bdomain[\"']?\s*[:=]\s*[\"']?([a-z][\w.-]*\.[a-z]{2,}(?:/[\w.-]+)?)")
_PAIR: Final = re.compile(
    r"[\"']?\b(consumer|service|permission|resource|quota_limit|quota_metric|uid|email|location|method|model"
    r"|containerInfo|activationUrl|serviceTitle|project|services)[\"']?\s*[:=]\s*[\"']?([^\s\"',}\]]+)"
)
_TEXTPROTO_PAIR: Final = re.compile(r"key:\s*\"([\w.]+)\"\s*value:\s*\"([^\"]*)\"")
_VIOLATION: Final = re.compile(
    r"[\"']?\btype[\"']?\s*[:=]\s*[\"']?(TOS|VPC_SERVICE_CONTROLS|constraints/[\w.]+|googleapis\.com(?:/billing-enabled)?)(?![\w./])"
)
_SUBJECT: Final = re.compile(r"[\"']?\bsubject[\"']?\s*[:=]\s*[\"']?([^\s\"']+)")
_ID: Final = r"[a-z][a-z0-9-]{4,28}[a-z0-9](?![\w-])"
_GLOBAL: Final = (
    re.compile(rf"--project(?:-id)?[= ][\"']?(?P<project_id>{_ID})"),
    re.compile(
        rf"(?:GOOGLE_CLOUD_PROJECT|CLOUDSDK_CORE_PROJECT|VERTEXAI_PROJECT|PROJECT_ID)=[\"']?(?P<project_id>{_ID})"
    ),
    re.compile(
        rf"gcloud (?:(?:alpha|beta) )?projects (?:describe|delete|undelete|create|(?:add|remove|get|set)-iam-policy(?:-binding)?) (?P<project_id>{_ID})"
    ),
    re.compile(rf"gcloud (?:(?:alpha|beta) )?billing projects \w+ (?P<project_id>{_ID})"),
    re.compile(r"Project Service (?P<project_id>[a-z][a-z0-9-]{4,28}[a-z0-9])/"),
    re.compile(rf"(?:^|\W)projects/(?P<project_id>{_ID})"),
    re.compile(rf"\bproject:? [\"'`\[](?:projects/)?(?P<project_id>{_ID})[\"'`\]]", re.IGNORECASE),
    re.compile(rf"\bproject:? (?P<project_id>(?=[a-z]+[a-z0-9]*[-0-9]){_ID})", re.IGNORECASE),
    re.compile(r"@(?P<project_id>[a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com"),
    # how services of Google write a project into names of their own
    re.compile(rf"[?&]project=(?P<project_id>{_ID})"),
    re.compile(r"(?P<project_id>[a-z][a-z0-9-]{4,28}[a-z0-9])_cloudbuild\b"),
    re.compile(r"(?P<project_id>[a-z][a-z0-9-]{4,28}[a-z0-9])@appspot\.gserviceaccount\.com"),
    re.compile(r"\b(?:Table|Dataset|View) (?P<project_id>[a-z][a-z0-9-]{4,28}[a-z0-9]):\w"),
    re.compile(rf"\bnamespaces/(?P<project_id>{_ID})/(?:services|jobs)"),
    re.compile(r"\biss: (?P<email>[\w.-]+@[\w.-]+\.gserviceaccount\.com)"),
    re.compile(r"--billing-account[= ](?P<billing_account_id>[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})\b"),
    re.compile(r"--member[= ]['\"]?(?P<granted_member>\w+:[\w.@+-]+\w)"),
    re.compile(
        r"(?:--(?:iam-account|service-account|impersonate-service-account)[= ]|service-accounts [\w-]+ )(?P<email>[\w.-]+@[\w.-]+\.gserviceaccount\.com)"
    ),
    re.compile(r"(?:--organization[= ]|organizations/)(?P<organization_id>\d{6,})"),
    re.compile(r"(?:--folder[= ]|folders/)(?P<folder_id>\d{6,})"),
    re.compile(r"\b(?:[Aa]uthenticated as|[Aa]ctive account:?|active account) \[?(?P<principal>[\w.+-]+@[\w.-]+\w)"),
    re.compile(r"\[(?P<principal>[\w.+-]+@[\w.-]+\w)\] does not have permission"),
    re.compile(r"\b(?P<public_member>allUsers|allAuthenticatedUsers)\b"),
    re.compile(r"(?P<around>gitlab|GitLab|github|GitHub|token\.actions)"),
    re.compile(r"gs://(?P<bucket>[a-z0-9][\w.-]+\w)"),
    re.compile(r"\b(?P<terraform_resource>(?:data\.)?google_[a-z][a-z0-9_]+)\b"),
    re.compile(r"\b(?P<registry>[a-z0-9-]+-docker\.pkg\.dev|(?:(?:us|eu|asia)\.)?gcr\.io)\b"),
)
_COMMANDS: Final = {
    r"gcloud\.(?:alpha\.|beta\.)?projects|google_project\b|google_project_iam|error creating project|projects instance": "cloudresourcemanager",
    r"gcloud\.(?:alpha\.|beta\.)?billing|google_billing|billing ?info": "cloudbilling",
    r"gcloud\.(?:alpha\.|beta\.)?services|google_project_service\b": "serviceusage",
    r"gcloud\.(?:alpha\.|beta\.)?iam|google_service_account|workload_?identity_?pool": "iam",
    r"gcloud\.(?:alpha\.|beta\.)?ai\b|openai\.|google_vertex_ai|vertex": "aiplatform",
    r"gcloud\.(?:alpha\.|beta\.)?org-policies|google_org_policy": "orgpolicy",
}


@dataclass(frozen=True, kw_only=True)
class FoundError:
    """One error of a paste.

    Attributes:
        status: what was said, with its details where it had any.
        origin: whose words they are.
        facts: what is around them, such as the project of the command; for blanks that the error does not fill.
    """

    status: ErrorStatus
    origin: Origin
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ParsedError:
    """What was found in a paste.

    Attributes:
        found: those with details first, of each section of the text.
        facts: what the whole text tells; for blanks that nothing nearer fills.
        foreign: whose words they seem to be, if not Google's.
        lines: how many there were.
        projects: how many it names; of several none can be taken for an error that names none.
        words: all that was read, in one line; what no message can say is not there.
        seen: what was recognized as the form of an error, for a person who wonders why nothing came out.
    """

    found: tuple[FoundError, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    foreign: str = ""
    lines: int = 0
    words: str = ""
    projects: int = 0
    seen: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[ErrorStatus, ...]:
        """What was said, without what is around it."""
        return tuple(each.status for each in self.found)


def read(pasted: str) -> ParsedError:
    """Find every error in a text. Never raises, whatever the text is."""
    text = cleaned(pasted)
    whole = origin_of(text)
    found: list[FoundError] = []
    seen: list[str] = []
    words: list[str] = []
    for section in sections(text):
        origin = origin_of(section, whole=whole)
        if origin == "foreign" and whole == "google":
            origin = "open"  # a line of it may be Google's all the same
        bodies, rest, forms = _structured(section, origin)
        structured = [error for error, _ in bodies]
        facts = _facts_around(section)
        read_here = [
            FoundError(status=error, origin=_origin_of_body(error, body, origin), facts=facts) for error, body in bodies
        ]
        read_here += [
            FoundError(status=each, origin=origin_of(each.message, whole=origin), facts=facts)
            for each in _plain(rest, _service_in(section), _method_in(section), structured)
        ]
        seen += [form for form in forms if form not in seen]
        words += [*map(words_of, structured), *rest.split()]
        found += read_here
    return ParsedError(
        found=tuple(found),
        facts=_facts_around(text),
        foreign="" if whole == "google" else foreign_in(text),
        lines=text.count("\n") + 1,
        words=" ".join(words),
        projects=len({each.facts["project_id"] for each in found if each.facts.get("project_id")}),
        seen=(*seen, *(["plain text"] if any(each.status.message for each in found) else [])),
    )


def _origin_of_body(error: ErrorStatus, body: Any, around: Origin) -> Origin:
    """Return whose body it is: Google's has the number and the canonical name beside it, or names its domain."""
    if error.reason == "HTML_PAGE" and re.search(r"\)!!1|That.s an error", error.message):
        return "google"
    inner = body.get("error") if isinstance(body, dict) else None
    shaped = isinstance(inner, dict) and isinstance(inner.get("code"), int) and str(inner.get("status")) in STATUSES
    if error.domain.endswith("googleapis.com") or "googleapis.com/" in error.domain or (shaped and around != "foreign"):
        return "google"
    return around


def _structured(section: str, origin: Origin) -> tuple[list[tuple[ErrorStatus, Any]], str, list[str]]:
    """Return the errors that have a form, the words that are left, and what forms there were."""
    service, method = _service_in(section), _method_in(section)
    found: list[tuple[ErrorStatus, Any]] = []
    forms: list[str] = []
    rest = section
    for variant in _unescaped(section):
        spans = []
        for start, end, value in _values(variant):
            bodies = list(_errors_in(value, googles=origin == "google"))
            if bodies:
                spans.append((start, end))
                found += [(_from_error(body, variant[:start], service, method), body) for body in bodies]
        if spans:
            forms.append("an error body (JSON)")
            rest = _without(variant, spans)
            break
        rest = variant  # of words without a body, those with the fewest escapes read best
    rest = rest.replace("\\'", "'")
    answers = list(_http_answers(rest, service, method, has_body=bool(found)))
    if answers:
        forms.append("an HTTP answer")
        found += [(each, None) for each in answers]
    detailed = _detailed(rest, service, method, googles=origin == "google")
    if detailed:
        forms.append("error details (gRPC, gcloud or Terraform)")
        found += [(each, None) for each in detailed]
    return found, rest, forms


def _facts_around(text: str) -> dict[str, str]:
    facts: dict[str, str] = {}
    for pattern in _GLOBAL:
        match = pattern.search(text)
        if match:
            facts |= {name: value for name, value in match.groupdict().items() if value and name not in facts}
    whole = facts_of(ErrorStatus(service=_service_in(text), method=_method_in(text), message=" ".join(text.split())))
    return facts | {name: value for name, value in whole.items() if name not in {*facts, "message", "code"}}


def _unescaped(text: str) -> Iterator[str]:
    """Yield the text, and as long as quotes in it are escaped, the text with one layer of escapes less."""
    for _ in range(4):
        yield text
        if '\\"' not in text and "\\n" not in text:
            return
        text = redact(text.replace('\\\\"', '\\"').replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\"))


def _values(text: str) -> Iterator[tuple[int, int, Any]]:
    """Yield (start, end, value) of every JSON or Python value with braces that can be read."""
    decoder = json.JSONDecoder()
    position, tries = 0, 0
    opening = re.compile(r"\{|\[(?=\s*[\{\[\"'])")
    while tries < 300:
        found = opening.search(text, position)
        if not found:
            return
        tries += 1
        start = found.start()
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = _closing(text, start)
            value = _literal(text[start:end]) if end else None
        if isinstance(value, dict | list) and value:
            yield start, end, value
            position = end
        else:
            position = start + 1


def _closing(text: str, start: int) -> int:
    """Return where the bracket at ``start`` is closed, or 0; quotes are respected, and long texts given up."""
    depth, quote, position = 0, "", start
    for position in range(start, min(len(text), start + 20_000)):
        char = text[position]
        if quote:
            if char == quote and text[position - 1] != "\\":
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "{[(":
            depth += 1
        elif char in "}])":
            depth -= 1
            if depth <= 0:
                return position + 1
    return 0


def _literal(text: str) -> Any:
    """Read a value as Python prints it."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _errors_in(value: Any, *, googles: bool, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield each error of Google's shape (or OAuth's) in a value, as a body that `error_from_body` reads."""
    body = _as_body(value, googles=googles)
    if body is not None:
        yield body
    elif depth > 12:
        return
    elif isinstance(value, str):
        if depth < 8 and ("{" in value or "[" in value) and len(value) < 50_000:
            for _, _, inner in _values(value):
                yield from _errors_in(inner, googles=googles, depth=depth + 4)
    elif isinstance(value, list | dict):
        for inner in list(value.values() if isinstance(value, dict) else value)[:50]:
            yield from _errors_in(inner, googles=googles, depth=depth + 1)


def _as_body(value: Any, *, googles: bool) -> dict[str, Any] | None:
    """Return a value as an error body if it is one: an error, a status, OAuth's error, or a list of details."""
    if isinstance(value, list) and any(
        isinstance(item, dict) and str(item.get("@type", "")).startswith("type.googleapis.com/") for item in value
    ):
        return {"error": {"details": value, "message": ""}}
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, dict) and _is_googles(error, googles=googles):
        return value
    if isinstance(error, str) and ("error_description" in value or _OAUTH.fullmatch(error)):
        return value
    return {"error": value} if _is_googles(value, googles=googles) else None


def _is_googles(error: dict[str, Any], *, googles: bool) -> bool:
    details = error.get("details")
    typed = isinstance(details, list) and any(isinstance(each, dict) and "@type" in each for each in details)
    if typed or (isinstance(error.get("status"), str) and error["status"] in STATUSES):
        return True
    has_code = isinstance(error.get("code"), int) and not isinstance(error.get("code"), bool)
    return has_code and isinstance(error.get("message"), str) and "type" not in error and (googles or "errors" in error)


def _from_error(body: dict[str, Any], before: str, service: str, method: str) -> ErrorStatus:
    error = body.get("error")
    if _IMPERSONATING.search(before[-300:]):
        service, method = "iamcredentials.googleapis.com", "GenerateAccessToken"
    if isinstance(error, dict):
        info = error.get("code")
        code = info if isinstance(info, int) and not isinstance(info, bool) else 0
        if 0 < code < 17 and "status" not in error:  # of an operation: gRPC's number
            return from_details(
                service,
                method,
                code=200,
                status=status_of_rpc_code(code),
                message=str(error.get("message", "")),
                details=error.get("details") or (),
            )
        if not code and not error.get("message"):  # Terraform prints the details after the message
            line = before.rstrip().removesuffix("Details:").rstrip().rpartition("\n\n")[2]
            code, status = _code_in(line[-1_000:]), _status_in(line[-1_000:])
            message = re.sub(r"^.*?googleapi: Error \d+: ", "", " ".join(line.split())[-1_000:])
            refused = from_details(
                service, method, code=code, status=status, message=message, details=error.get("details") or ()
            )
            return _at(refused)
    return _at(error_from_body(service, method, 0, body))


def _at(error: ErrorStatus) -> ErrorStatus:
    """Put the API in that the error itself names, rather than one that is somewhere in the text."""
    named = error.metadata.get("service", "")
    if error.status == "CREDENTIALS":
        return replace(error, service=error.service or "oauth2.googleapis.com")
    owner = error.domain if error.domain.endswith(".googleapis.com") else named
    return replace(error, service=owner.partition("/")[0]) if owner else error


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for start, end in spans:
        kept.append(text[position:start])
        position = end
    return "".join((*kept, text[position:]))


def _http_answers(text: str, service: str, method: str, *, has_body: bool) -> Iterator[ErrorStatus]:
    """Yield the answers that are no answers of an API: pages, empty bodies, what a proxy says."""
    lines = [
        line.removeprefix("<").strip() if line.startswith("<") and not re.match(r"<[\w!/]", line) else line
        for line in text.split("\n")
    ]
    plain = "\n".join(line for line in lines if not line.startswith(("* ", "> ")))
    answers = list(_HTTP.finditer(plain))
    for number, answer in enumerate(answers):
        code = int(answer[1])
        end = answers[number + 1].start() if number + 1 < len(answers) else len(plain)
        head, _, body = plain[answer.end() : end].lstrip("\n").partition("\n\n")
        if re.search(r"<!doctype|<html", head, re.IGNORECASE):
            head, body = "", head + body
        if code >= 400 and (code == 407 or not has_body):
            server = re.search(r"^(?:server|via|x-squid-error):[^\n]*", head, re.IGNORECASE | re.MULTILINE)
            spoken = body.strip()
            if spoken and server and re.search(r"<html|<!doctype", spoken, re.IGNORECASE):
                spoken = f"{spoken} ({server[0]})"
            yield error_from_body(service, method, code, spoken)
    if not answers and re.search(r"<!doctype html|<html", text, re.IGNORECASE):
        page = text[re.search(r"<!doctype html|<html", text, re.IGNORECASE).start() :]  # type: ignore[union-attr] # just found
        info = re.search(r"<title>[^<]*?\b([45]\d\d)\b|Error ([45]\d\d)", page)
        yield error_from_body(service, method, int(info[1] or info[2]) if info else _code_in(text), page)


def _detailed(text: str, service: str, method: str, *, googles: bool) -> list[ErrorStatus]:
    """Read details that are no whole JSON: textproto, YAML, Go's maps, JSON that was cut off."""
    found = []
    reasons = list(_REASON.finditer(text))[:50]
    for number, reason in enumerate(reasons):
        start = max(reasons[number - 1].end() if number else 0, reason.start() - 3_000)
        end = min(reasons[number + 1].start() if number + 1 < len(reasons) else len(text), reason.end() + 3_000)
        around = text[start:end]
        domain = _DOMAIN.search(around)
        if not domain and not googles:
            continue
        metadata = dict(_TEXTPROTO_PAIR.findall(around)) or {
            key: value.strip("\\") for key, value in _PAIR.findall(around) if value not in {"{", "[", "map"}
        }
        found.append(
            _at(
                from_details(
                    service,
                    method,
                    code=_code_in(around),
                    status=_status_in(around),
                    message=_message_in(around),
                    details=[
                        {"reason": reason[1], "domain": domain[1] if domain else "", "metadata": metadata},
                        *_violations(around),
                    ],
                )
            )
        )
    if not found:
        violations = _violations(text)
        if violations:
            found.append(
                from_details(
                    service,
                    method,
                    code=_code_in(text),
                    status=_status_in(text),
                    message=_message_in(text),
                    details=violations,
                )
            )
    return found


def _violations(text: str) -> list[dict[str, Any]]:
    listed = []
    for kind in list(_VIOLATION.finditer(text))[:20]:
        subject = _SUBJECT.search(text, max(0, kind.start() - 400), kind.end() + 400)
        listed.append({"type": kind[1], "subject": subject[1] if subject else "", "description": ""})
    if not listed:
        listed = [{"type": "", "subject": each, "description": ""} for each in _SUBJECT.findall(text)[:20]]
    return [{"violations": listed}] if listed else []


def _message_in(text: str) -> str:
    match = (
        re.search(r"[\"']?\bmessage[\"']?\s*[:=]\s*[\"'](.{3,1500}?)[\"'](?:\s*[,}\]]|\s*$)", text, re.DOTALL)
        or re.search(r"googleapi: Error \d+: (.{3,1500}?)(?:\n\s*\n|\nDetails:|$)", text, re.DOTALL)
        or re.search(r"(?:exceptions\.\w+|ERROR): (.{3,1500}?)(?:\n-|\[reason|\n\s*\n|$)", text, re.DOTALL)
    )
    return " ".join((match[1] if match else text[:600]).split())


def _plain(text: str, service: str, method: str, known: list[ErrorStatus]) -> Iterator[ErrorStatus]:
    """Yield one error for each line or paragraph: what it says is all there is to go by."""
    # A word or two, such as "invalid_grant", is no message that a line could repeat: the line may say more.
    starts = [start for each in known if len(start := re.sub(r"\W+", "", each.message)[:60]) >= 20]
    for unit in dict.fromkeys(_units(text)):
        letters = re.sub(r"\W+", "", unit)
        if not letters or any(start in letters for start in starts):
            continue
        oauth = _OAUTH.search(unit)
        if oauth and re.search(r"oauth|google|sts|token|reauth|\binvalid_", unit, re.IGNORECASE):
            yield ErrorStatus(
                service="oauth2.googleapis.com",
                method="Token",
                code=400,
                status="CREDENTIALS",
                reason=oauth[1],
                message=redact(unit),
            )
            continue
        bare = _BARE_REASON.search(unit)
        reason = bare[0] if bare and all(each.reason != bare[0] for each in known) else ""
        yield ErrorStatus(
            service=_service_in(unit) or service,
            method=method,
            code=_code_in(unit),
            status=_status_in(unit),
            reason=reason,
            message=redact(unit),
        )


def _units(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text)[:2_000]:
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        if len(lines) > 1:
            yield from (piece for line in lines if re.search(r"[a-zA-Z]{3}", line) for piece in _pieces(line))
        yield from _pieces(" ".join(lines))
    whole = " ".join(text.split())
    if len(whole) <= _PIECE:  # a message can go on after an empty line
        yield whole


def _pieces(text: str) -> Iterator[str]:
    """Cut what is longer than a message into pieces that overlap, so that no error is cut in all of them."""
    for start in range(0, max(len(text) - _OVERLAP, 1), _PIECE - _OVERLAP):
        yield text[start : start + _PIECE]


def _code_in(text: str) -> int:
    rpc = _RPC_CODE.search(text)
    if rpc and rpc[1]:
        return 200
    match = _CODE.search(text)
    return int(match[1]) if match else 0


def _status_in(text: str) -> str:
    match = _STATUS.search(text)
    if match:
        return match[1]
    rpc = _RPC_CODE.search(text)
    if rpc and rpc[1]:
        return status_of_rpc_code(int(rpc[1]))
    if rpc and (rpc[2] or rpc[3]):  # Go: PermissionDenied
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", rpc[2] or rpc[3]).upper()
        return name if name in STATUSES else ""
    code = _code_in(text)
    if code == 409 and "already exists" in text:  # HTTP has one number for two statuses
        return "ALREADY_EXISTS"
    return status_of_code(code) if code else ""


def _service_in(text: str) -> str:
    for host in _HOST.findall(text):
        if host.split(".")[0] in {"type", "www", "storage", "console"}:
            continue
        name = host.removesuffix(".googleapis.com").split(".")[0]
        name = "aiplatform" if name.endswith("-aiplatform") else name
        return f"{name}.googleapis.com"
    for words, name in _COMMANDS.items():
        if re.search(words, text, re.IGNORECASE):
            return f"{name}.googleapis.com"
    return ""


def _method_in(text: str) -> str:
    command = re.search(r"\((gcloud\.[\w.-]+)\)", text)
    if command:
        return f"`{command[1].replace('.', ' ')}`"
    if "chat/completions" in text or re.search(r"\bopenai\.", text):
        return "ChatCompletions"
    return ""
