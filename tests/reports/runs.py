"""Runs to report: one for each way a command can end."""

from __future__ import annotations

from typing import Any

from provision.errors import ErrorStatus
from provision.plan import AppliedChange, CallRecord, Change, Check, Comparison, Difference, Run, Setting, Wait, Waiver

SETTINGS = (Setting(name="project.id", value="my-team-chat", source="option --project"),)
CHANGES = (
    Change(
        step="billing",
        action="link",
        resource="projects/my-team-chat/billingInfo",
        before="billingAccounts/B",
        after="billingAccounts/A",
        why="you asked to change who pays",
        dangerous=True,
    ),
    Change(
        step="services",
        action="enable",
        resource="projects/my-team-chat/services",
        after=["aiplatform.googleapis.com"],
        why="the project cannot use them yet",
    ),
)
ERROR = ErrorStatus(
    service="aiplatform.googleapis.com",
    method="ListEndpoints",
    code=403,
    status="PERMISSION_DENIED",
    reason="SERVICE_DISABLED",
)
ANSWER = Check(
    id="chat.answers",
    status="pass",
    summary="openai/gpt-oss-120b-maas answered",
    evidence={"text": "A cloud is water."},
)
CALLS = (
    CallRecord(service="s", method="m", started_s=0.1, duration_s=0.2, status="OK", retried_statuses=("UNAVAILABLE",)),
)
WAITS = (Wait(what="another try of m (UNAVAILABLE)", started_s=0.15, duration_s=0.1),)
REQUIRES = {
    "credentials": (),
    "project": ("credentials",),
    "billing": ("project",),
    "services": ("billing",),
    "endpoints": ("services",),
    "model": ("credentials",),
    "chat": ("services", "model"),
}


def run(command: str, **more: Any) -> Run:
    given: dict[str, Any] = {
        "command": command,
        "target": "Google Cloud",
        "target_address": "",
        "project_id": "my-team-chat",
        "started": "2026-11-21T12:00:00+00:00",
        "duration_s": 1.25,
        "settings": SETTINGS,
        "calls": CALLS,
        "waits": WAITS,
        "requires": REQUIRES,
    }
    return Run(**(given | more))


RUNS = {
    "ready": run("check", checks=(Check(id="project.active", status="pass", summary="my-team-chat is ACTIVE"), ANSWER)),
    "not-ready": run(
        "check",
        checks=(
            Check(
                id="billing.enabled",
                status="fail",
                summary="no billing account is linked",
                cause="None is linked.",
                fix="gcloud billing projects link my-team-chat --billing-account=ID   "
                "(accounts: `gcloud billing accounts list`)",
                fix_owner="admin",
                request="Please link a billing account.\n\n"
                "  gcloud billing projects link my-team-chat --billing-account=ID",
                diagnosis="BILLING_NOT_LINKED",
                evidence={"billing_account": ""},
            ),
            Check(
                id="services.usable",
                status="blocked",
                summary="Vertex AI does not answer",
                blocked_by="billing.enabled",
                error=ERROR,
            ),
            Check(
                id="model.offered",
                status="warn",
                summary="will be retired",
                cause="It is deprecated.",
                fix="--model x",
                fix_owner="you",
            ),
        ),
    ),
    "unknown": run(
        "check",
        checks=(
            Check(
                id="project.active",
                status="unknown",
                summary="no answer",
                cause="It timed out.",
                fix="again",
                fix_owner="google",
            ),
        ),
    ),
    "not-seen-but-proven": run(
        "check",
        checks=(ANSWER, Check(id="endpoints.listed", status="unknown", required=False, summary="not to be seen")),
    ),
    "waived": run(
        "check",
        checks=(
            ANSWER,
            Check(
                id="endpoints.listed",
                status="waived",
                required=False,
                summary="could not be seen in us-central1",
                waiver=Waiver(
                    check="endpoints.listed", owner="platform@example.com", reason="not used", expires="2027-03-31"
                ),
            ),
        ),
    ),
    "compared": run(
        "check",
        checks=(
            Check(
                id="billing.enabled",
                status="fail",
                summary="not linked",
                cause="None.",
                fix="link one",
                fix_owner="admin",
            ),
            Check(id="services.enabled", status="pass", summary="4 enabled"),
            Check(
                id="model.offered", status="fail", summary="retired", cause="Gone.", fix="--model x", fix_owner="you"
            ),
        ),
        comparison=Comparison(
            started="2026-11-20T12:00:00+00:00",
            verdict="not ready",
            differences=(
                Difference(check="services.enabled", kind="fixed", status_before="fail", status_after="pass"),
                Difference(check="model.offered", kind="new", status_before="pass", status_after="fail", worse=True),
                Difference(check="chat.usage", kind="removed", status_before="warn", status_after=""),
            ),
        ),
    ),
    "partial": run(
        "check",
        checks=(
            Check(id="project.active", status="pass", summary="is ACTIVE"),
            Check(id="chat", status="skipped", summary="left out"),
        ),
        partial=True,
    ),
    "plan": run("plan", changes=CHANGES),
    "plan-nothing": run("plan"),
    "plan-blocked": run(
        "plan",
        changes=CHANGES[1:],
        blockers=("billing.enabled",),
        checks=(
            Check(
                id="billing.enabled",
                status="fail",
                summary="not linked",
                cause="None.",
                fix="link one",
                fix_owner="admin",
            ),
        ),
    ),
    "apply": run(
        "apply",
        changes=CHANGES,
        checks=(ANSWER,),
        applied=(
            AppliedChange(change=CHANGES[0], outcome="done", duration_s=0.5),
            AppliedChange(change=CHANGES[1], outcome="done", duration_s=61.2, detail="usable after 60.0 s"),
        ),
    ),
    "apply-failed": run(
        "apply",
        changes=CHANGES,
        checks=(
            Check(id="services.applied", status="fail", summary="was refused", cause="Off.", fix="on", fix_owner="you"),
        ),
        applied=(AppliedChange(change=CHANGES[1], outcome="failed", duration_s=0.5, detail="refused", error=ERROR),),
    ),
}


# In every place where text from elsewhere can be.
HOSTILE = (
    "</title><script>window.hacked=1</script><img src=x onerror='hacked=1'>\"]]>-->`|::error::%0A"
    "\n::add-mask::x\r\x00\x1b[2J\u202e@all"
)


def hostile() -> Run:
    """A run whose every free text wants to be more than text."""
    return run(
        "check",
        target_address=HOSTILE,
        project_id=HOSTILE,
        settings=(Setting(name="project.id", value=HOSTILE, source=HOSTILE),),
        requires={"billing": (), "chat": ("billing",)},
        checks=(
            Check(
                id="billing.enabled",
                status="fail",
                summary=HOSTILE,
                cause=HOSTILE,
                fix=f"gcloud {HOSTILE}",
                fix_owner="admin",
                request=HOSTILE,
                evidence={HOSTILE: HOSTILE, "list": [HOSTILE]},
                error=ErrorStatus(service=HOSTILE, method=HOSTILE, message=HOSTILE, metadata={HOSTILE: HOSTILE}),
            ),
            Check(
                id="chat.answers",
                status="waived",
                summary=HOSTILE,
                waiver=Waiver(check="chat.answers", owner=HOSTILE, reason=HOSTILE, expires="2099-01-01"),
            ),
            Check(id="chat.usage", status="warn", summary=HOSTILE, cause=HOSTILE, fix=f"`provision {HOSTILE}`"),
        ),
        changes=(
            Change(step="billing", action="link", resource=HOSTILE, before=HOSTILE, after=[HOSTILE], why=HOSTILE),
        ),
        calls=(CallRecord(service=HOSTILE, method=HOSTILE, started_s=0, duration_s=1, status=HOSTILE),),
        waits=(Wait(what=HOSTILE, started_s=0, duration_s=1),),
    )
