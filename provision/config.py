"""What the project should be: one frozen record, read in one place, that knows where each value came from.

Options win over environment variables, those over ``provision.yaml``, that over the target's own default and
the built-in ones. Every problem is found before the first call, and all are reported at once.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from provision.errors import ConfigError, Problem, UsageError
from provision.plan import Setting, Waiver
from provision.settings import (
    BY_KEY,
    EVERYWHERE,
    SETTINGS,
    InvalidValue,
    SettingRow,
    Settings,
    read_numbers,
    read_records,
    read_text,
)
from provision.settings.file import read_file
from provision.settings.validation import conflicts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

FILE_NAME: Final = "provision.yaml"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where calls go.

    Attributes:
        name: as every report says it.
        address: the base URL that serves every API there; empty for Google's own hosts.
        credentials_file: the credentials to use there; None for Application Default Credentials.
        project_id: the project to use if no one names one.
    """

    name: Literal["Google Cloud", "sandbox"]
    address: str = ""
    credentials_file: Path | None = None
    project_id: str = ""


# https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
# https://docs.gitlab.com/ci/secrets/id_token_authentication/
CI_ISSUERS: Final = {"github": "https://token.actions.githubusercontent.com", "gitlab": "https://gitlab.com"}
# https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#configure
CI_SERVICES: Final = {
    "github": ("iamcredentials.googleapis.com", "sts.googleapis.com"),
    "gitlab": ("iamcredentials.googleapis.com", "sts.googleapis.com"),
    "cloud-build": ("cloudbuild.googleapis.com",),
}
# https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts: a build that runs as an
# account of one's own writes its log as that account.
LOGS_WRITER: Final = "roles/logging.logWriter"
GOOGLE_CLOUD: Final = Target(name="Google Cloud")
_BY_THE_USER: Final = ("option ", "environment ")


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """The desired state of one project: `provision.settings.Settings` says each value. Times are in seconds.

    Attributes:
        sources: where each value that was given came from, by the setting's key.
        overridden: where the file says something else than a variable, which won, by the setting's key.
    """

    target: Target = GOOGLE_CLOUD
    log_file: Path | None = None
    sources: dict[str, str] = field(default_factory=dict)
    overridden: dict[str, str] = field(default_factory=dict)

    @property
    def named_locations(self) -> tuple[str, ...]:
        """The endpoints' locations that are places: the word for all of them is none, and never reaches Google.

        Where only that word was given, the default, since some calls need a place.
        """
        named = tuple(each for each in self.endpoint_locations if each != EVERYWHERE)
        return named or BY_KEY["endpoints.locations"].default

    def settings(self) -> tuple[Setting, ...]:
        """Return every value with where it came from, in the order of the settings page."""
        return tuple(
            Setting(
                name=row.key, value=_plain(getattr(self, row.attribute)), source=self.sources.get(row.key, "default")
            )
            for row in SETTINGS
        )


def _plain(value: Any) -> Any:
    """Return a value of the configuration as data, records as maps."""
    return (
        tuple(asdict(each) if isinstance(each, Waiver) else each for each in value)
        if isinstance(value, tuple)
        else value
    )


def read_target(path: Path) -> Target:
    """Read a sandbox's ready file.

    Raises:
        UsageError: the file is missing, unreadable or not a ready file.
    """
    fix = "start one with `provision sandbox serve`, or unset PROVISION_TARGET to use Google Cloud"
    try:
        ready = json.loads(path.read_text("utf-8"))
        return Target(
            name="sandbox",
            address=ready["rest_url"].rstrip("/"),
            credentials_file=Path(ready["credentials_file"]),
            project_id=ready["project"],
        )
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist", cause="no sandbox has written it", fix=fix) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is not a sandbox's ready file", cause=str(error) or repr(error), fix=fix) from error


def load(
    *,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
    file_required: bool = False,
    target: Target = GOOGLE_CLOUD,
    project_required: bool = True,
    check_ids: Callable[[], Collection[str]] | None = None,
    outputs: Mapping[str, tuple[Any, str]] | None = None,
) -> Config:
    """Read the configuration.

    Args:
        options: values given on the command line, by the setting's key; None counts as not given.
        environment: environment variables.
        file: the YAML file; one that does not exist is passed over unless ``file_required``.
        target: where calls will go; its default project counts as the weakest source.
        project_required: whether a missing project id is a problem.
        check_ids: returns the checks that can be waived; asked only where there are waivers.
        outputs: values of a Terraform state, or of a plan file, with their place, by key; weaker than options, stronger
            than the rest.

    Raises:
        ConfigError: with every problem found.
    """
    problems: list[Problem] = []
    in_file = read_file(file, problems, required=file_required) if file else {}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for row in SETTINGS:
        found = _first(row, options or {}, outputs or {}, environment or {}, in_file, target)
        if found is None:
            values[row.attribute] = row.default
            continue
        raw, source, shown = found
        if row.trusted_only and not source.startswith(_BY_THE_USER):
            values[row.attribute] = row.default
            problems.append(
                Problem(
                    what=f"{shown} cannot be said there",
                    cause="it decides where your access token is sent, and a file that came with a folder must not",
                    fix=f"remove it; if you want it, say it yourself: {row.option}, or {row.environment[0]}",
                )
            )
            continue
        try:
            values[row.attribute] = row.check(_typed(row, raw))
            sources[row.key] = source
        except* InvalidValue as invalid:
            values[row.attribute] = row.default
            sources[row.key] = source
            problems.extend(_problems(invalid, shown, raw))
    if check_ids is not None and "waivers" in in_file:
        problems.extend(_unknown_checks(*in_file["waivers"], check_ids))
    if project_required and not values["project_id"] and "project.id" not in sources:
        problems.append(
            Problem(
                what="no project is named",
                cause="neither --project, GOOGLE_CLOUD_PROJECT nor provision.yaml names one",
                fix="add `--project PROJECT_ID`, or run `provision init`",
            )
        )
    problems.extend(conflicts(values, sources))
    if problems:
        raise ConfigError(tuple(problems))
    _complete(values, sources)
    overridden = {
        key: in_file[key][1]
        for key, source in sources.items()
        if source.startswith("environment ") and key in in_file and in_file[key][0] != values[BY_KEY[key].attribute]
    }
    return Config(**values, target=target, sources=sources, overridden=overridden)


def _problems(found: BaseExceptionGroup[InvalidValue], shown: str, raw: Any) -> Iterator[Problem]:
    for each in found.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _problems(each, shown, raw)
        elif each.where and each.value is None:
            yield Problem(what=f"{shown}{each.where} is not there", cause=each.cause, fix=each.fix)
        else:
            what = f"{shown}{each.where} {_say(each.value if each.where else raw)}"
            cause = each.cause if len(each.cause) <= 500 else each.cause[:499] + "…"
            yield Problem(what=f"{what} cannot be used", cause=cause, fix=each.fix)


def _unknown_checks(raw: Any, place: str, check_ids: Callable[[], Collection[str]]) -> Iterator[Problem]:
    """Yield the checks that do not exist; looks at what was written, so that other mistakes do not hide them."""
    from provision.catalog import nearest

    named = [each.get("check") if isinstance(each, dict) else None for each in raw] if isinstance(raw, list) else []
    known = tuple(check_ids()) if named else ()
    for number, check in enumerate(named, 1):
        if isinstance(check, str) and "." in check and check not in known:
            guess = nearest(check, known)
            yield Problem(
                what=f"{place}: waivers[{number}].check {check!r} cannot be used",
                cause="there is no such check, so it would waive nothing",
                fix=f"did you mean {guess!r}?" if guess else "docs/reference/checks.md lists every check",
            )


def refuse_what_only_terraform_does(config: Config) -> None:
    """Refuse settings that `plan` and `apply` would have to ignore.

    Raises:
        ConfigError: one problem for each.
    """
    problems = tuple(
        Problem(
            what=f"{row.key} ({config.sources[row.key]}) is not done by `provision plan` and `apply`",
            cause="only the Terraform module does it, and ignoring it would look like success",
            fix="run `provision terraform vars` and Terraform (docs/terraform.md), or remove it",
        )
        for row in SETTINGS
        if row.terraform and row.key in config.sources and getattr(config, row.attribute) != row.default
    )
    if problems:
        raise ConfigError(problems)


def _complete(values: dict[str, Any], sources: dict[str, str]) -> None:
    """Fill in what follows from other settings."""
    provider = values["ci_provider"]
    if provider in CI_ISSUERS:
        values["ci_pool_provider"] = values["ci_pool_provider"] or provider
        values["ci_issuer"] = values["ci_issuer"] or CI_ISSUERS[provider]
    else:
        values["ci_pool_provider"] = ""
    if provider == "cloud-build" and LOGS_WRITER not in values["ci_roles"]:
        values["ci_roles"] = (*values["ci_roles"], LOGS_WRITER)
    needed = [
        *(["iam.googleapis.com"] if values["identity_service_account"] or provider else []),
        *CI_SERVICES.get(provider, ()),
    ]
    missing = [service for service in needed if service not in values["services"]]
    if missing:
        values["services"] = (*values["services"], *missing)
        sources["services"] = f"{sources.get('services', 'default')}, and what identity and ci need"


def _first(
    row: SettingRow,
    options: Mapping[str, Any],
    outputs: Mapping[str, tuple[Any, str]],
    environment: Mapping[str, str],
    in_file: Mapping[str, tuple[Any, str]],
    target: Target,
) -> tuple[Any, str, str] | None:
    """Return (value, source, how to name it) from the strongest source that has one."""
    given = options.get(row.key)
    if given is not None and given != ():
        flag = row.option.partition("/")[0]
        return given, f"option {flag}", flag
    if row.key in outputs:
        value, place = outputs[row.key]
        return value, place, f"{place}: {row.key}"
    for name in row.environment:
        if environment.get(name):
            return _Text(environment[name]), f"environment {name}", name
    if row.key in in_file:
        value, place = in_file[row.key]
        return value, place, f"{place}: {row.key}"
    if row.key == "project.id" and target.project_id:
        return target.project_id, f"{target.name}'s default", "the default project"
    return None


class _Text(str):
    """Text from an environment variable, not yet of the setting's kind."""

    __slots__ = ()


def _typed(row: SettingRow, raw: Any) -> Any:  # noqa: C901 - one branch per kind
    value = read_text(row, raw) if isinstance(raw, _Text) else raw
    if row.kind == "boolean":
        if isinstance(value, bool):
            return value
        raise InvalidValue("it must be true or false", "use `true` or `false`")
    if row.kind in {"number", "integer"}:
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number) or (row.kind == "integer" and number != int(number)):
            raise InvalidValue("it must be a number", f"use a number such as {row.example}")
        return int(number) if row.kind == "integer" else number
    if row.kind == "map":
        if isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair):
            return value
        raise InvalidValue("it must be a map of text to text", f"write it as {row.example}, numbers in quotes")
    if row.kind in {"numbers", "array"}:
        return read_numbers(row, value) if row.kind == "numbers" else read_records(row, value)
    if row.kind == "list":
        if isinstance(value, list | tuple) and value and all(isinstance(part, str) for part in value):
            return tuple(value)
        raise InvalidValue("it must be a list of texts with at least one entry", f"write it as {row.example}")
    if not isinstance(value, str):
        raise InvalidValue("it is text", f'write it in quotes, such as "{row.example.strip(chr(34))}"')
    return str(value)


def _say(raw: Any) -> str:
    if isinstance(raw, tuple) and all(isinstance(each, str) for each in raw):  # an option; a list is in the file
        raw = ",".join(raw)
    try:
        text = str(raw) if isinstance(raw, str) else json.dumps(raw, default=str)
    except ValueError:  # a number of more digits than Python writes
        text = "what is there"
    return repr(text if len(text) <= 80 else text[:77] + "…")
