"""The data files of the APIs are what Google's documents and protos say, and nothing in them is typed by hand."""

from __future__ import annotations

import json

import pytest
from gcp_emulator import services
from gcp_emulator.api import Api, Methods
from gcp_emulator.rpc import Method

from emulator.generate import apis, documents

METHODS = [method for method in services.registry().methods if method.handle is not None and method.auth]

UNSCOPED = {  # methods whose scopes are said by hand -> why
    "iamcredentials.projects.serviceAccounts.getAllowedLocations": "the document lists none",
    "iamcredentials.projects.locations.workloadIdentityPools.getAllowedLocations": "the document lists none",
    **{
        f"google.iam.credentials.v1.IAMCredentials/{name}": "the pages list IAM's scope too, and google-auth sends it"
        for name in ("GenerateAccessToken", "GenerateIdToken", "SignBlob", "SignJwt")
    },
    "oauth2.userinfo": "OpenID Connect's path, which is in no document",
    "oauth2.userinfo.get": "OpenID Connect's short names of the scopes are as good as those in the document",
}


def test_the_data_files_are_what_the_generator_writes() -> None:
    written = {path.name: path.read_text("utf-8") for path in apis.FOLDER.glob("*.json")}
    fresh = apis.files()
    assert written.keys() == fresh.keys()
    assert [name for name in fresh if written[name] != fresh[name]] == [], "run: make api"


@pytest.mark.parametrize("method", METHODS, ids=lambda method: f"{method.service.partition('.')[0]}/{method.name}")
def test_the_scopes_of_a_method_are_those_that_its_document_lists(method: Method) -> None:
    listed = [known.described["scopes"] for known in _known(method) if known.described.get("scopes")]
    if method.name in UNSCOPED:
        assert set(method.scopes) not in [set(scopes) for scopes in listed], "take it off the list"
    elif listed:
        assert set(method.scopes) == set(listed[0])


def _known(method: Method) -> list[documents.Known]:
    calls = (sample.replace("?", "x").split(" ", 1) for sample in method.samples())
    found = (documents.method_for(method.service, verb, path) for verb, path in calls)
    return [known for known in found if known is not None]


def test_a_method_that_is_declared_gets_its_facts_from_the_documents() -> None:
    methods: Methods = {"TagKeys/CreateTagKey": lambda _: {}, "folders.capabilities.get": lambda _: {}}
    declared = Api(
        document="cloudresourcemanager.v3",
        service="cloudresourcemanager.googleapis.com",
        rpc="google.cloud.resourcemanager.v3",
        rest="cloudresourcemanager.v3.",
        methods=methods,
    )

    written = json.loads(apis.text("cloudresourcemanager.v3", [declared]))

    create = written["methods"]["google.cloud.resourcemanager.v3.TagKeys/CreateTagKey"]
    assert (create["http"], create["body"], create["mutates"]) == (["POST /v3/tagKeys"], "tagKey", True)
    assert create["scopes"] == ["https://www.googleapis.com/auth/cloud-platform"]
    assert written["messages"][create["takes"]]["tagKey"] == ".google.cloud.resourcemanager.v3.TagKey"
    get = written["methods"]["cloudresourcemanager.v3.folders.capabilities.get"]
    assert get["http"] == ["GET /v3/{name=folders/{folder}/capabilities/{capability}}"]
    assert "mutates" not in get


def test_a_name_that_no_document_has_is_not_written() -> None:
    methods: Methods = {"Projects/PaintProject": lambda _: {}}
    declared = Api(
        document="cloudresourcemanager.v3",
        service="cloudresourcemanager.googleapis.com",
        rpc="google.cloud.resourcemanager.v3",
        methods=methods,
    )

    with pytest.raises(LookupError, match=r"no client of Google's calls .*PaintProject"):
        apis.text("cloudresourcemanager.v3", [declared])
    with pytest.raises(LookupError, match="run `make api`"):
        list(declared.all())


def test_no_exception_is_left_over() -> None:
    assert UNSCOPED.keys() <= {method.name for method in METHODS}
