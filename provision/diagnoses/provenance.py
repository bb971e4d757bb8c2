"""Whose words a piece of text is: Google's, someone else's, or not to be told.

A number or a status says nothing about that: GitHub has a 403 and Docker a 429 too. What counts is the host that was
called, the program that speaks, and the form in which it does.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Origin = Literal["google", "open", "foreign"]

GOOGLES: Final = re.compile(
    r"googleapi: |\(gcloud\.|\bgcloud\b|google[./](?:api_core|auth|cloud|genai|rpc|oauth2)\b|googleapiclient|googleapis"
    r"|gserviceaccount\.com|com\.google\.(?:api|cloud|auth|genai)|\bGoogle\.(?:Apis?|Cloud|Rpc|GoogleApi)|GoogleApiException"
    r"|@google(?:-cloud)?/|Signet::|requires one of \[\"[a-z]+\.|google-(?:auth|cloud|genai|github-actions|beta)|google-gax|GaxiosError|oauth2/google|google: "
    r"|\bgoogle_[a-z]+_?\w*\b|hashicorp/google|vertex[_ ]?ai\b|aiplatform|generativelanguage|\bGemini\b"
    r"|(?:cloud|console|developers|accounts|support)\.google|console\.(?:cloud|developers)\.google|cloud\.google"
    r"|Google Cloud|\bGCP\b|Application Default Credentials|application default credentials|publishers/[\w-]+/models/"
    r"|\bgcp(?::|_|-)|metadata\.google\.internal|\.pkg\.dev\b|\bgcr\.io\b"
    # vLLM's, which is what serves the models that people deploy themselves
    r"|prediction\.vertexai\.goog|['\"]object['\"]: ?['\"]error['\"]",
    re.IGNORECASE,
)
"""What only programs and hosts of Google's, or programs that speak to them, have in their words."""

_GOOGLES_HOST: Final = re.compile(
    r"(?:^|\.)(?:googleapis\.com|google\.com|gserviceaccount\.com|google\.internal|vertexai\.goog|goog|pkg\.dev|gcr\.io"
    r"|run\.app|cloudfunctions\.net|appspot\.com|g\.co|googleusercontent\.com)\.?$"
)
_OWN_HOST: Final = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|169\.254\.169\.254)$")
# The host that was called, not one that is named for its documentation.
_CALLED: Final = re.compile(
    r"(?:for url|while getting|request to|requests? (?:for|to)|unable to access|\b(?:GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Head)"
    r"|failed to (?:call|fetch|fetch .{0,40} from|connect to)|Host|baseURL|base_url|Caused by .{0,40}url|host=)[:=]? ?[\"'`(]{0,2}"
    r"(?:https?://)(?P<host>[\w.-]+)"
    r"|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<name>[\w.-]+)|HTTPS?ConnectionPool\(host='(?P<pool>[\w.-]+)'"
    r"|^(?:< ?)?host: (?P<header>[\w.-]+)|could not resolve host:? (?P<curl>[\w.-]+)|lookup (?P<dns>[\w.-]+\.[a-z]{2,})\b",
    re.IGNORECASE | re.MULTILINE,
)
FOREIGN: Final = {
    "Amazon Web Services": r"\barn:aws|amazonaws\.com|\bbotocore\b|\bboto3\b|AccessDeniedException|x-amzn-|ThrottlingException"
    r"|An error occurred \(\w+\) when calling the \w+ operation|\bS3Exception|aws_\w+\.\w+",
    "Microsoft Azure": r"AADSTS\d|azure\.com|microsoftonline|AuthorizationFailed|Azure\w*Error|x-ms-request-id|Azure OpenAI"
    r"|invalid subscription key|azurerm_|DeploymentNotFound|\bARM\b.{0,40}\bresourceGroups?\b|/resourceGroups/",
    "OpenAI": r"api\.openai\.com|platform\.openai\.com|openai\.com/account|insufficient_quota|help\.openai\.com"
    r"|'code': 'model_not_found'|invalid_api_key|context_length_exceeded|org-\w{16,}",
    "Anthropic": r"api\.anthropic\.com|console\.anthropic\.com|anthropic\.\w+Error|\"type\": ?\"error\", ?\"error\": ?\{\"type\"|authentication_error|x-api-key",
    "Oracle Cloud": r"oraclecloud\.com|opc-request-id|oci\.exceptions",
    "Alibaba Cloud": r"aliyuncs\.com",
    "Cloudflare": r"cloudflare|\bcf-ray\b|Attention Required!",
    "Hugging Face": r"huggingface\.co|GatedRepoError|hf\.co/|huggingface_hub",
    "GitHub": r"api\.github\.com|docs\.github\.com/(?:en/)?rest|Resource not accessible by integration|secondary rate limit"
    r"|remote: Permission to .{0,200} denied to|ghcr\.io|^gh: ",
    "GitLab": r"remote: HTTP Basic: Access denied|gitlab\.com/api|You are not allowed to (?:push|download) code",
    "git": r"^fatal: (?:unable to access|Authentication failed|could not read|repository)|^remote: (?:Repository not found|Invalid username)",
    "npm": r"\bnpm (?:ERR!|error|WARN)|\byarn error|\bpnpm\b|ERR_PNPM|registry\.npmjs",
    "pip": r"pip(?:\._internal|\._vendor)|Looking in indexes|pypi\.org|files\.pythonhosted|No matching distribution|while getting https|/simple/[\w-]+/",
    "Docker": r"Error response from daemon|toomanyrequests|docker\.io|registry-1|hub\.docker|pull rate limit|buildx|dockerfile",
    "Kubernetes": r"is forbidden: User \"|\"kind\": ?\"Status\"|Error from server \(|\bkubelet\b|ImagePullBackOff|apiserver",
    "systemd": r"systemd\[\d+\]|Main process exited|status=\d+/[A-Z]+|\.service: ",
    "a web server": r"nginx/|<center>nginx|Apache/2|lighttpd|Caddy\b|IIS Windows|openresty|Varnish|haproxy",
    "ssh": r"Permission denied \(publickey|ssh: connect to host|Host key verification|kex_exchange",
    "a database": r"psycopg2?\b|SQLSTATE|ORA-\d{5}|MongoServerError|MongoNetworkError|ECONNREFUSED.{0,40}(?:5432|3306|6379|27017)|FATAL:  ?"
    r"|MySQLdb|pymysql|redis\.exceptions|NOAUTH|permission denied for (?:table|relation|schema)|jdbc:",
    "another OAuth server": r"okta\.com|auth0\.com|keycloak|login\.salesforce|openid-connect/token|\bcognito\b",
    "Stripe": r"api\.stripe\.com|stripe\.error",
    "Slack": r"slack\.com/api|slack_sdk|not_in_channel",
    "Atlassian": r"atlassian\.net|bitbucket\.org",
    "Vault": r"Code: \d{3}\. Errors:|vault\b.{0,60}permission denied",
    "Elasticsearch": r"elastic(?:search)?\b.{0,80}exception|security_exception",
    "Discord": r"discord(?:app)?\.com|discord\.errors",
    "Telegram": r"api\.telegram\.org",
    "another model provider": r"litellm\.[\w.]+: (?:\w+: )?(?!Vertex|Gemini|Google|Palm)[A-Z]\w*?Exception\b|openrouter\.ai|api\.mistral\.ai|api\.groq\.com|api\.cohere|api\.deepseek\.com|api\.together|dashscope"
    r"|api\.x\.ai|api\.perplexity|api\.fireworks|ollama|litellm\.proxy.*budget|api\.replicate",
    "Snowflake or Databricks": r"snowflake\.connector|databricks",
    "Terraform's own": r"Error acquiring the state lock|Failed to query available provider packages|Unsupported argument|Invalid function argument",
    "Python": r"ModuleNotFoundError|ImportError|SyntaxError|IndentationError|NameError: name|AttributeError: module",
    "the shell": r"command not found|: No such file or directory$|: Permission denied$|Operation not permitted",
}
_TOOL_OF_FOREIGN: Final = {name: re.compile(marks, re.MULTILINE | re.IGNORECASE) for name, marks in FOREIGN.items()}
# What also stands around Google's errors, and so says nothing where there is one.
_AROUND: Final = frozenset({"Kubernetes", "Python", "the shell", "Docker"})


def foreign_in(text: str) -> str:
    """Return whose words a text has, of those who are not Google; empty where none is known."""
    return next((name for name, marks in _TOOL_OF_FOREIGN.items() if marks.search(text)), "")


def called_host(text: str) -> str:
    """Return the host of the call that a text tells of; empty where it names none."""
    found = _CALLED.search(text)
    return next((each for each in found.groups() if each), "").lower().rstrip(".") if found else ""


def is_googles_host(host: str) -> bool:
    """Whether a host is one of Google Cloud's."""
    return bool(_GOOGLES_HOST.search(host))


def origin_of(piece: str, *, whole: Origin = "open") -> Origin:
    """Return whose words a piece is; where it shows nothing of its own, what the text around it is.

    Args:
        piece: a line, or what belongs together.
        whole: whose words the text is that it is taken from.
    """
    host = called_host(piece)
    if host and not _OWN_HOST.match(host):
        return "google" if is_googles_host(host) else "foreign"
    googles = bool(GOOGLES.search(piece))
    foreign = foreign_in(piece)
    if foreign and not (googles and foreign in _AROUND):
        return "open" if googles else "foreign"
    return "google" if googles else whole
