"""``provision ci``: Let a pipeline in without a key."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provision.cli import command_help
from provision.cli.journal import journal_option
from provision.cli.options import CHAT, CREATING, ENDPOINTS, MODEL, USABLE, config_from, config_options
from provision.cli.output import (
    check_formats,
    confirmed,
    format_option,
    print_report,
    progress,
    show_changes,
    to_show,
    wants_color,
)
from provision.cli.target import target_for
from provision.errors import ProvisionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.config import Config
    from provision.plan import Change, Run

_PROVIDER: Final = re.compile(r"projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+")
_CHOICES: Final = {
    "ci.repository": ("--repository", "NAME", "The repository to let in: owner/name, or group/project."),
    "ci.repository_id": ("--repository-id", "NUMBER", "Its number: pinned instead of the name, which others can take."),
    "ci.owner_id": ("--owner-id", "NUMBER", "The number of its owner, pinned as well."),
    "ci.branch": ("--branch", "NAME", "The one branch to let in; every one if left out."),
    "ci.issuer": ("--issuer", "URL", "Who signs the tokens, where that is a Self-managed GitHub or GitLab."),
}


_HOW: Final = "Shows the plan and asks first. The file goes to standard output, all else to standard error."


@click.group()
def command() -> None:
    """Let a pipeline in without a key.

    `github`, `gitlab` and `cloud-build` set it up and print the pipeline's file. `verify` tells whether a token would
    be let in. `credentials` is what the pipeline itself runs.
    """


_EXAMPLES: Final = {
    "github": (
        "provision ci github --repository my-team/chat",
        "provision ci github --dry-run > .github/workflows/chat.yml",
    ),
    "gitlab": ("provision ci gitlab --repository my-group/chat", "provision ci gitlab --dry-run > .gitlab-ci.yml"),
    "cloud-build": ("provision ci cloud-build", "provision ci cloud-build --dry-run > cloudbuild.yaml"),
}


_IN_A_JOB: Final = (
    'provision ci credentials github --pool-provider "$PROVIDER" --service-account "$ACCOUNT" --output google.json'
)


def _set_up(provider: str, summary: str) -> None:
    @config_options(without=(*CHAT, *MODEL, *ENDPOINTS))
    @click.option("--yes", is_flag=True, help="Do not ask before changing something.")
    @click.option(
        "--install",
        "source",
        default="",
        metavar="SOURCE",
        help="Where the pipeline installs from: git+https://HOST/REPOSITORY@COMMIT, ./FILE.whl in its own "
        "repository, or https://HOST/FILE.whl#sha256=DIGEST. Left out: what this program itself was "
        "installed from, if that is one of these.",
    )
    @click.option("--dry-run", is_flag=True, help="Print the file for what is there; change nothing.")
    @journal_option
    def run(*, yes: bool, source: str, dry_run: bool, journal_file: Path | None, **options: Any) -> None:
        from provision.federation.install import PINNED, own_source

        if source and not PINNED.fullmatch(source):
            raise UsageError(
                f"--install {source} is not pinned",
                cause="what a pipeline with a token of its own installs must not change under it",
                fix="name one commit, git+https://HOST/OWNER/REPOSITORY@ and 40 digits; or a wheel there, ./FILE.whl",
            )
        source = source or own_source()
        wanted = {key: options.pop(key.replace(".", "_")) for key in _CHOICES if key.replace(".", "_") in options}
        more = {"ci.provider": provider} | {key: value for key, value in wanted.items() if value}
        with config_from(options, more=more) as config:
            if not dry_run:
                _apply(config, journal_file, yes=yes)
            click.echo(_pipeline(config, source), nl=False)
        _print_next_steps(provider, more, source)

    chosen: Callable[..., Any] = run
    if provider != "cloud-build":
        for key, (flag, metavar, text) in reversed(_CHOICES.items()):
            chosen = click.option(flag, key.replace(".", "_"), default=None, metavar=metavar, help=text)(chosen)
    run.__doc__ = f"{summary}\n\n{_HOW}"
    command.add_command(command_help.with_examples(*_EXAMPLES[provider], name=provider)(chosen))


_set_up("github", "Let the Actions of one GitHub repository in, and print their workflow.")
_set_up("gitlab", "Let the pipelines of one GitLab project in, and print their file.")
_set_up("cloud-build", "Give Cloud Build a service account that may do little, and print the build's file.")


def _apply(config: Config, journal_file: Path | None, *, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "confirmation needed, and there is no terminal",
            cause="there is no terminal, and --yes was not given",
            fix="look at `provision plan`, then add --yes; or --dry-run to change nothing",
        )

    from provision.clients import start
    from provision.commands.apply import apply
    from provision.journal import Journal, default_path
    from provision.reports.text import render

    with progress(plain_lines=True) as shown:

        def approve(changes: tuple[Change, ...]) -> bool:
            with shown.paused():
                show_changes(config, changes)
                return yes or confirmed("Do this?")

        run = apply(
            config,
            start(config, shown.progress, applied=shown.applied),
            journal=Journal(journal_file or default_path()),
            approve=approve,
            smoke=False,
        )
    failed = run.blocking_check or any(each.outcome == "failed" for each in run.applied) or not _is_set_up(run)
    if failed or run.applied:
        click.echo(render(to_show(run), color=wants_color(sys.stderr)), err=True, nl=False)
    if failed:
        raise ProvisionError(
            "the pipeline would not get in",
            cause="see the report above",
            fix="fix what it names, and run this again: it goes on from what is there",
        )


def _is_set_up(run: Run) -> bool:
    own = [check for check in run.checks if check.step == "ci"]
    return bool(own) and all(check.status in {"pass", "warn", "waived"} for check in own)


def _pipeline(config: Config, source: str) -> str:
    from provision.clients import start
    from provision.federation import pipelines, rules
    from provision.google.iam_admin import email_of

    account = email_of(config.ci_service_account, config.project_id)
    provider = ""
    if rules.is_federated(config):
        number = start(config).resource_manager.get_project(config.project_id).project_number
        provider = rules.provider_name(config, number)
    return pipelines.render(config, provider, account, source)


def _print_next_steps(provider: str, more: dict[str, str], source: str) -> None:
    from provision.federation.pipelines import PATHS

    lines = [f"  {key.partition('.')[2]}: {json.dumps(value)}" for key, value in more.items()]
    output = ["", f"Save what was printed as {PATHS[provider]}."]
    if not source:
        output.append("It fails until --install names a source, since the package is not published.")
    output += ["Add to provision.yaml, so that `provision check` looks after it:", "", "ci:", *lines, ""]
    if provider != "cloud-build":
        output.append("Before the first pipeline: `provision ci verify --token FILE` says whether it would get in.")
    click.echo("\n".join(output), err=True)


@command.command("verify", cls=command_help.Command, examples=("provision ci verify --token token.txt --exchange",))
@config_options(without=(*CREATING, *CHAT, *MODEL, *ENDPOINTS, *USABLE))
@click.option("--token", "source", required=True, metavar="FILE|-", help="The job's token, or - for standard input.")
@click.option("--exchange", is_flag=True, help="Have Google exchange the token, and become the service account, too.")
@click.option("--offline", metavar="NUMBER", default="", help="Ask Google nothing; NUMBER is the project's.")
@format_option
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    *,
    source: str,
    exchange: bool,
    offline: str,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Tell whether a pipeline's token would be let in, and which part refuses.

    Changes nothing. The token is evaluated on this machine, and sent to Google only with --exchange. In a job on
    GitHub: curl -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=..."
    """
    from provision.clients import start
    from provision.commands.verify import verify as run_verify

    check_formats(formats)
    if offline and not offline.isdigit():
        raise UsageError(
            f"{offline!r} is not a project's number",
            cause="providers are named by the number, not by the id",
            fix="gcloud projects describe PROJECT_ID --format='value(projectNumber)'",
        )
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"{source} cannot be read", cause=str(reason), fix="name the file that holds it") from error
    with config_from(options) as config, progress() as shown:
        run = run_verify(config, start(config, shown.progress), text, offline=offline, exchange=exchange)
    print_report(run, formats)
    ctx.exit(run.exit_code)


@command.command("credentials", cls=command_help.Command, examples=(_IN_A_JOB,))
@click.argument("host", type=click.Choice(["github", "gitlab"]))
@click.option(
    "--pool-provider",
    required=True,
    metavar="NAME",
    help="Such as projects/123456789012/locations/global/workloadIdentityPools/provision-ci/providers/github.",
)
@click.option("--service-account", required=True, metavar="EMAIL", help="The service account to become.")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The file to write.")
@click.option(
    "--token-variable", default="PROVISION_ID_TOKEN", metavar="NAME", help="On GitLab: the variable with the token."
)
@click.option("--universe-domain", default="", metavar="DOMAIN", help="The domain of the cloud, if it is another.")
def credentials(
    *, host: str, pool_provider: str, service_account: str, output: Path, token_variable: str, universe_domain: str
) -> None:
    """Write a credentials file inside a pipeline, without a key.

    Point GOOGLE_APPLICATION_CREDENTIALS at it. Only the owner may read it, and what it holds is good for this job.
    """
    from provision.federation import pipelines

    if not _PROVIDER.fullmatch(pool_provider):
        raise UsageError(
            f"{pool_provider!r} is not a provider's full name",
            cause="it looks like projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER,"
            " with the project's number and not its id",
            fix="copy it from what `provision ci github` or `provision ci gitlab` printed",
        )
    if host == "github":
        try:
            source = pipelines.github_source(pool_provider, os.environ)
        except KeyError as error:
            raise UsageError(
                f"GitHub gives this job no token: {error.args[0]} is not set",
                cause="the job may not ask for one",
                fix="add `permissions: {id-token: write, contents: read}` to the workflow or the job",
            ) from error
    else:
        token = os.environ.get(token_variable, "")
        if not token:
            raise UsageError(
                f"GitLab gives this job no token: {token_variable} is not set",
                cause="the job asks for none under that name",
                fix=f"add `id_tokens: {{{token_variable}: {{aud: https://iam.googleapis.com/{pool_provider}}}}}`",
            )
        file = output.with_name(output.name + ".token").absolute()
        _write_secret(file, token)
        source = {"file": str(file)}
    with target_for(sandbox=False, insist_on=None) as target:
        found = pipelines.credentials(
            pool_provider, service_account, source, universe=universe_domain, address=target.address
        )
    _write_secret(output, json.dumps(found, indent=2) + "\n")
    click.echo(f"wrote {output}", err=True)


def _write_secret(path: Path, text: str) -> None:
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", cause=error.strerror or "", fix="name another file") from error
