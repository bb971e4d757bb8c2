"""Policies of organizations and projects: kept, merged, shown, and the recorded conversations replayed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

P = "/v2/projects/sandbox-ready/policies"
SERVICES = "gcp.restrictServiceUsage"


def spec(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"spec": {"rules": list(rules), **more}}


def allow(*values: str) -> dict[str, Any]:
    return {"values": {"allowedValues": list(values)}}


def deny(*values: str) -> dict[str, Any]:
    return {"values": {"deniedValues": list(values)}}


def put(cloud: Cloud, parent: str, constraint: str, body: dict[str, Any]) -> Any:
    return cloud.post(f"/v2/{parent}/policies", {"name": f"{parent}/policies/{constraint}", **body})


def effective(cloud: Cloud, constraint: str) -> list[dict[str, Any]]:
    answer = cloud.get(f"{P}/{constraint}:getEffectivePolicy")
    number = cloud.get("/v1/projects/sandbox-ready")["projectNumber"]
    assert answer["name"] == f"projects/{number}/policies/{constraint}"
    assert "etag" not in answer
    rules: list[dict[str, Any]] = answer["spec"]["rules"]
    return rules


def test_a_policy_is_made_changed_and_deleted_as_it_was_recorded(cloud: Cloud) -> None:
    missing = cloud.error("GET", f"{P}/{SERVICES}")
    assert (missing["code"], missing["message"]) == (404, "Requested entity was not found.")
    body = {"spec": {"rules": [{"denyAll": True}]}, "dryRunSpec": {"rules": [{"allowAll": True, "denyAll": False}]}}
    made = put(cloud, "projects/sandbox-ready", SERVICES, body)
    assert set(made) == {"name", "etag", "spec", "dryRunSpec"}
    assert set(made["spec"]) == {"etag", "rules", "updateTime"}
    assert made["dryRunSpec"]["rules"] == [{"allowAll": True}]
    assert cloud.get(f"{P}/{SERVICES}") == made
    assert cloud.get(P)["policies"] == [made]
    change = {"name": "x", "spec": {"rules": [allow("cloudapis.googleapis.com")]}}
    status, changed = cloud("PATCH", f"{P}/{SERVICES}?updateMask=policy.spec", change)
    assert status == 200
    assert changed["spec"]["rules"] == [allow("cloudapis.googleapis.com")]
    assert changed["dryRunSpec"] == made["dryRunSpec"]
    assert changed["etag"] != made["etag"]
    stale = {"etag": made["etag"], **spec()}
    assert cloud.error("PATCH", f"{P}/{SERVICES}", stale)["status"] == "ABORTED"
    assert cloud("DELETE", f"{P}/{SERVICES}") == (200, {})
    assert cloud.error("DELETE", f"{P}/{SERVICES}")["status"] == "NOT_FOUND"
    assert cloud.get(P) == {}


def test_a_false_enforce_is_kept(cloud: Cloud) -> None:
    made = put(cloud, "projects/sandbox-ready", "iam.disableServiceAccountCreation", spec({"enforce": False}))
    assert made["spec"]["rules"] == [{"enforce": False}]


def test_without_a_policy_the_default_is_in_force(cloud: Cloud) -> None:
    assert effective(cloud, SERVICES) == [{"allowAll": True}]
    assert effective(cloud, "vertexai.allowedPartnerModelFeatures") == [{"denyAll": True}]
    assert effective(cloud, "iam.disableServiceAccountCreation") == [{"enforce": False}]


@pytest.mark.parametrize(
    ("above", "own", "merged"),
    [
        (allow("a"), None, [allow("a")]),
        (allow("a"), spec(allow("b")), [allow("b")]),
        (allow("a"), spec(allow("b"), inheritFromParent=True), [allow("a", "b")]),
        (
            deny("a"),
            spec(allow("b"), inheritFromParent=True),
            [{"values": {"allowedValues": ["b"], "deniedValues": ["a"]}}],
        ),
        ({"denyAll": True}, spec(allow("b"), inheritFromParent=True), [{"denyAll": True}]),
        (deny("a"), spec({"allowAll": True}, inheritFromParent=True), [deny("a")]),
        ({"allowAll": True}, spec(deny("b"), inheritFromParent=True), [deny("b")]),
        ({"denyAll": True}, spec({"allowAll": True}), [{"allowAll": True}]),
        ({"denyAll": True}, {"spec": {"reset": True}}, [{"allowAll": True}]),
        (
            allow("a"),
            spec({**allow("b"), "condition": {"expression": "resource.matchTag('1/e', 'p')"}}),
            [{"denyAll": True}],
        ),
    ],
)
def test_a_list_is_inherited_replaced_merged_or_reset(cloud: Cloud, above: Any, own: Any, merged: Any) -> None:
    put(cloud, cloud["organization"], SERVICES, spec(above))
    if own:
        put(cloud, "projects/sandbox-ready", SERVICES, own)
    assert effective(cloud, SERVICES) == merged


def test_the_nearest_says_whether_something_is_enforced(cloud: Cloud) -> None:
    name = "iam.disableServiceAccountKeyCreation"
    put(cloud, cloud["organization"], name, spec({"enforce": True}))
    assert effective(cloud, name) == [{"enforce": True}]
    put(cloud, "projects/sandbox-ready", name, spec({"enforce": False}))
    assert effective(cloud, name) == [{"enforce": False}]


def test_gclouds_older_call_knows_what_is_in_force(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-ready:getEffectiveOrgPolicy"

    def ask(constraint: str) -> Any:
        return cloud.post(path, {"constraint": f"constraints/{constraint}"})

    assert ask(SERVICES) == {"constraint": f"constraints/{SERVICES}", "listPolicy": {"allValues": "ALLOW"}}
    put(cloud, cloud["organization"], SERVICES, spec(allow("a"), deny("b")))
    assert ask(SERVICES)["listPolicy"] == {"allowedValues": ["a"], "deniedValues": ["b"]}
    assert ask("iam.disableServiceAccountCreation")["booleanPolicy"] == {}
    put(cloud, cloud["organization"], "iam.disableServiceAccountCreation", spec({"enforce": True}))
    assert ask("iam.disableServiceAccountCreation")["booleanPolicy"] == {"enforced": True}


def test_constraints_are_listed_page_by_page(cloud: Cloud) -> None:
    first = cloud.get("/v2/projects/sandbox-ready/constraints?pageSize=3")
    assert len(first["constraints"]) == 3
    path = f"/v2/projects/sandbox-ready/constraints?pageSize=1000&pageToken={first['nextPageToken']}"
    listed = [*first["constraints"], *cloud.get(path)["constraints"]]
    names = [each["name"].rpartition("/")[2] for each in listed]
    assert names == sorted(names)
    kinds = {
        name: next(kind for kind in each if kind.endswith("onstraint") and kind != "equivalentConstraint")
        for name, each in zip(names, listed, strict=True)
    }
    assert kinds["vertexai.allowedModels"] == "listConstraint"
    assert kinds["iam.managed.allowedPolicyMembers"] == kinds["sql.restrictPublicIp"] == "booleanConstraint"


@pytest.mark.parametrize(
    ("constraint", "rules"),
    [
        (SERVICES, [{"enforce": True}]),
        (SERVICES, [{}]),
        (SERVICES, [{"allowAll": True, "denyAll": True}]),
        (SERVICES, [{"values": {"allowedValues": {"a": "b"}}}]),
        (SERVICES, ["a"]),
        (SERVICES, {}),
        ("iam.disableServiceAccountCreation", [{"allowAll": True}]),
    ],
)
def test_what_is_no_policy_is_refused(cloud: Cloud, constraint: str, rules: Any) -> None:
    body = {"name": f"projects/sandbox-ready/policies/{constraint}", "spec": {"rules": rules}}
    assert cloud.error("POST", P, body)["status"] == "INVALID_ARGUMENT"


def test_there_is_one_policy_for_each_constraint(cloud: Cloud) -> None:
    body = {"name": f"projects/sandbox-ready/policies/{SERVICES}", **spec({"allowAll": True})}
    cloud.post(P, body)
    assert cloud.error("POST", P, body)["status"] == "ALREADY_EXISTS"


def test_an_unknown_project_is_forbidden_in_the_words_terraform_retries(cloud: Cloud) -> None:
    error = cloud.error("GET", f"/v2/projects/no-one-has-this/policies/{SERVICES}")
    assert error["status"] == "PERMISSION_DENIED"
    pattern = (
        r"Permission 'orgpolicy\.policy\.get' denied on resource "
        r"'//orgpolicy\.googleapis\.com/projects/no-one-has-this/policies/gcp\.restrictServiceUsage' "
        r"\(or it may not exist\)\."
    )
    assert re.fullmatch(pattern, error["message"])


@pytest.mark.parametrize("constraint", ["custom.minimum"])
def test_a_custom_constraint_and_its_policy_as_they_were_recorded(cloud: Cloud, constraint: str) -> None:
    parent, query = f"/v2/{cloud['organization']}", "?%24alt=json%3Benum-encoding%3Dint"
    given = {
        "actionType": 1,
        "condition": "resource.management.autoUpgrade == false",
        "displayName": "Upgrades",
        "methodTypes": [1, 2],
        "name": f"{cloud['organization']}/customConstraints/{constraint}",
        "resourceTypes": ["container.googleapis.com/NodePool"],
    }
    path = f"{parent}/customConstraints/{constraint}{query}"
    assert cloud.error("GET", path)["status"] == "NOT_FOUND"
    made = cloud.post(f"{parent}/customConstraints{query}", given)
    assert {name: value for name, value in made.items() if name != "updateTime"} == given
    assert cloud.get(path) == made
    names = cloud.get(f"{parent}/customConstraints")["customConstraints"][0]
    assert (names["actionType"], names["methodTypes"]) == ("ALLOW", ["CREATE", "UPDATE"])
    policy = put(cloud, cloud["organization"], constraint, spec({"enforce": False}))
    assert policy["spec"]["rules"] == [{"enforce": False}]
    assert effective(cloud, constraint) == [{"enforce": False}]
    status, changed = cloud("PATCH", path, {**given, "displayName": "Other"})
    assert (status, changed["displayName"]) == (200, "Other")
    assert cloud("DELETE", path) == (200, {})
    assert cloud.error("GET", path)["status"] == "NOT_FOUND"


@pytest.mark.parametrize("constraint", ["no-one.knowsThis", "custom.unknown", "cloudfunctions.allowedIngressSetting"])
def test_a_constraint_that_does_not_exist_is_not_found(cloud: Cloud, constraint: str) -> None:
    body = {"name": f"projects/sandbox-ready/policies/{constraint}", **spec({"enforce": True})}
    error = cloud.error("POST", P, body)
    assert (error["code"], error["message"]) == (404, "Requested entity was not found.")


@pytest.mark.parametrize(
    ("mask", "sent", "left"),
    [
        ("", {"spec": {"rules": [{"denyAll": True}]}}, {"spec": {"rules": [{"denyAll": True}]}}),
        ("*", {"dryRunSpec": {"reset": True}}, {"dryRunSpec": {"reset": True}}),
        ("policy.spec", {"dryRunSpec": {"reset": True}}, {"dryRunSpec": {"rules": [{"allowAll": True}]}}),
        (
            "spec.rules",
            {"spec": {"rules": [{"denyAll": True}]}},
            {
                "spec": {"rules": [{"denyAll": True}], "inheritFromParent": True},
                "dryRunSpec": {"rules": [{"allowAll": True}]},
            },
        ),
        (
            "spec.inherit_from_parent,dry_run_spec",
            {"spec": {"rules": [{"denyAll": True}]}},
            {"spec": {"rules": [{"values": {"allowedValues": ["a"]}}]}},
        ),
    ],
)
def test_an_update_overwrites_what_its_mask_names(cloud: Cloud, mask: str, sent: Any, left: Any) -> None:
    dry = {"dryRunSpec": {"rules": [{"allowAll": True}]}}
    put(cloud, "projects/sandbox-ready", SERVICES, spec(allow("a"), inheritFromParent=True) | dry)
    status, changed = cloud("PATCH", f"{P}/{SERVICES}" + (f"?updateMask={mask}" if mask else ""), sent)
    assert status == 200, changed
    shown = {name: changed[name] for name in ("spec", "dryRunSpec") if name in changed}
    for each in shown.values():
        assert each.pop("etag")
        assert each.pop("updateTime")
    assert shown == left
