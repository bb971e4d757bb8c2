"""The pipeline that fits a configuration, as a file; and the credentials file with which it comes in.

Every secret in them is the job's own, and lives for minutes.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from provision.federation import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provision.config import Config

GOOGLE: Final = "googleapis.com"
_STS_TYPE: Final = "urn:ietf:params:oauth:token-type:jwt"

_UNKNOWN: Final = "echo 'write this file again with --install git+https://HOST/OWNER/REPOSITORY@COMMIT' && exit 1"
_GITHUB: Final = Template("""\
# Written by `provision ci github`: is the environment ready? On every push, every working day, and when asked.
name: provision
on:
  push: {}
  schedule:
    - cron: "17 5 * * 1-5"
  workflow_dispatch: {}
permissions:
  contents: read
  id-token: write # the job's own token, which is exchanged for one of Google's; there is no key
  security-events: write # findings into code scanning
jobs:
  ready:
    runs-on: ubuntu-latest
    timeout-minutes: 15$branch
    env:
      REPORTS: provision-reports
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - name: Install provision # it is not published: from here, and by no name that others could register
        run: $install
      - name: Become the service account, without a key
        run: |
          provision ci credentials github --output "$$RUNNER_TEMP/google.json" \\
            --pool-provider $provider \\
            --service-account $account
          echo "GOOGLE_APPLICATION_CREDENTIALS=$$RUNNER_TEMP/google.json" >> "$$GITHUB_ENV"
      - name: Check
        run: |
          mkdir -p "$$REPORTS"
          provision check --target google-cloud --project $project --redact --format github \\
            --format json="$$REPORTS/report.json" --format junit="$$REPORTS/junit.xml" \\
            --format sarif="$$REPORTS/report.sarif" --format html="$$REPORTS/report.html"
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        if: always()
        with:
          name: provision
          path: $${{ env.REPORTS }}
      - uses: github/codeql-action/upload-sarif@2892aa5e19bbd11bc0cff5427e3b750a04d9e3c2 # v4.38.2
        if: always() && hashFiles('provision-reports/report.sarif') != ''
        with:
          sarif_file: provision-reports/report.sarif
""")

_GITLAB: Final = Template("""\
# Written by `provision ci gitlab`: is the environment ready? On every push, and on schedules (Build > Pipeline
# schedules).
provision:
  image: python:3.13-slim
  timeout: 15 minutes
  id_tokens: # the job's own token, which is exchanged for one of Google's; there is no key
    PROVISION_ID_TOKEN:
      aud: $audience
  variables:
    REPORTS: provision-reports
    GOOGLE_APPLICATION_CREDENTIALS: $$CI_PROJECT_DIR/.google.json
  rules:$rule
    - if: $$CI_PIPELINE_SOURCE == "schedule" || $$CI_PIPELINE_SOURCE == "push" || $$CI_PIPELINE_SOURCE == "web"
  script:
    - $install # it is not published: from here, and by no name that others could register
    - >
      provision ci credentials gitlab --output "$$GOOGLE_APPLICATION_CREDENTIALS"
      --pool-provider $provider
      --service-account $account
    - mkdir -p "$$REPORTS"
    - >
      provision check --target google-cloud --project $project --redact --format text
      --format json="$$REPORTS/report.json" --format junit="$$REPORTS/junit.xml"
      --format sarif="$$REPORTS/report.sarif" --format html="$$REPORTS/report.html"
  after_script:
    - rm -f "$$GOOGLE_APPLICATION_CREDENTIALS" "$$GOOGLE_APPLICATION_CREDENTIALS.token"
  artifacts:
    when: always
    paths: [provision-reports]
    reports:
      junit: provision-reports/junit.xml
""")

_CLOUD_BUILD: Final = Template("""\
# Written by `provision ci cloud-build`: is the environment ready? For a trigger on a push, and one that Cloud Scheduler
# runs. The build runs as the service account itself; there is neither key nor token.
steps:
  - name: python:3.13-slim
    entrypoint: bash
    args:
      - -c
      - |
        $install
        mkdir -p provision-reports
        provision check --target google-cloud --project $project --redact --format text \\
          --format json=provision-reports/report.json --format junit=provision-reports/junit.xml \\
          --format sarif=provision-reports/report.sarif --format html=provision-reports/report.html
serviceAccount: projects/$project/serviceAccounts/$account
options:
  logging: CLOUD_LOGGING_ONLY
timeout: 900s
""")

_OF_A_SANDBOX: Final = Template("""\
# FROM A SANDBOX, to look at: the project, its number and the accounts below are there, and not on Google Cloud. For
# a pipeline that runs, write it again with `provision ci $provider --target google-cloud`.
""")


def render(config: Config, provider: str, account: str, source: str) -> str:
    """Return the pipeline's file: the path of it is in `PATHS`.

    Args:
        source: what pip installs this program from (`provision.federation.install.PINNED`); empty where no one knows.
        provider: the provider's full resource name, with the project's number; empty on Cloud Build.
        account: the service account's email.
    """
    install = f'python3 -m pip install --quiet "{source}"' if source else _UNKNOWN
    values = {"project": config.project_id, "provider": provider, "account": account, "install": install}
    note = _OF_A_SANDBOX.substitute(provider=config.ci_provider) if config.target.address else ""
    if config.ci_provider == "github":
        # Another branch's token would be refused; its job does not even begin.
        branch = f"\n    if: github.ref == 'refs/heads/{config.ci_branch}'" if config.ci_branch else ""
        return note + _GITHUB.substitute(values, branch=branch)
    if config.ci_provider == "gitlab":
        rule = f'\n    - if: $CI_COMMIT_BRANCH != "{config.ci_branch}"\n      when: never' if config.ci_branch else ""
        return note + _GITLAB.substitute(values, audience=rules.audience(provider), rule=rule)
    return note + _CLOUD_BUILD.substitute(values)


PATHS: Final = {
    "github": ".github/workflows/provision.yml",
    "gitlab": ".gitlab-ci.yml",
    "cloud-build": "cloudbuild.yaml",
}


def github_source(provider: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return where google-auth gets a job's token on GitHub, again and again.

    https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token

    Raises:
        KeyError: a variable is missing: the job lacks ``permissions: id-token: write``.
    """
    url = environment["ACTIONS_ID_TOKEN_REQUEST_URL"]
    join = "&" if "?" in url else "?"
    return {
        "url": f"{url}{join}audience={quote(rules.audience(provider), safe='')}",
        "headers": {"Authorization": f"Bearer {environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
        "format": {"type": "json", "subject_token_field_name": "value"},
    }


def credentials(
    provider: str, account: str, source: dict[str, Any], *, universe: str = "", address: str = ""
) -> dict[str, Any]:
    """Return a credentials file for google-auth and every other client library of Google's.

    https://google.aip.dev/auth/4117

    Args:
        source: where the job's token comes from.
        universe: the domain of the cloud, if it is another.
        address: the base URL that serves every API; empty for Google's own hosts.
    """
    universe = universe or GOOGLE

    def host(name: str) -> str:
        return address or f"https://{name}.{universe}"

    return {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{provider}",
        "subject_token_type": _STS_TYPE,
        "token_url": f"{host('sts')}/v1/token",
        "service_account_impersonation_url": (
            f"{host('iamcredentials')}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        ),
        "credential_source": source,
        **({"universe_domain": universe} if universe != GOOGLE else {}),
    }
