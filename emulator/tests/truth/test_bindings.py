"""Every REST path that is served is one of Google's, by its discovery documents, or says why it is in none."""

from __future__ import annotations

import re

import pytest
from gcp_emulator import services

from emulator.generate.documents import method_for

REGISTRY = services.registry()

BINDINGS = sorted(
    {(method.service, sample, method.name) for method in REGISTRY.methods for sample in method.samples()},
)

NOT_IN_A_DOCUMENT = {  # a pattern of "service VERB path" -> why it is served anyway
    r"aiplatform\S* \w+ /ui/.*": "the console's root, where Google names operations (recorded) and its clients ask",
    r"aiplatform\S* POST \S*/endpoints/x/completions": "the route of the server that a deployed model runs in; assumed",
    r"oauth2\S* POST (/oauth2/v4)?/token": "OAuth 2.0's token endpoint, which google-auth asks; not of an API",
    r"oauth2\S* \w+ (/o/oauth2)?/revoke": "OAuth 2.0's revocation endpoint, which gcloud asks; not of an API",
    r"oauth2\S* \w+ (/oauth2/v[13])?/tokeninfo": "older and plainer paths, as Google's pages show them",
    r"oauth2\S* GET /oauth2/v2/tokeninfo": "Google answers GET as it does POST; the document has POST",
    r"openidconnect\S* GET /oauth2/v1/userinfo": "the same as v2, from before its document",
    r"oauth2\S* GET /oauth2/v[13]/certs": "Google's public keys, which verify ID tokens",
    r"oauth2\S* GET /\.well-known/openid-configuration": "OpenID Connect's discovery, of accounts.google.com",
    r"oauth2\S* GET /(service_accounts|robot)/v1/\S+": "keys of service accounts, at addresses that key files name",
    r"openidconnect\S* \w+ (/oauth2/v3|/v1)/userinfo": "OpenID Connect's, named in Google's configuration",
    r"cloudresourcemanager\S* DELETE /v3/tagBindings/x/tagValues/x": "the document has one variable for both parts",
    r"serviceusage\S* \w+ /v1/\w+/x/services/x(:generate|/consumer).*": "Terraform's providers share it",
    r"compute\S* \w+ /compute/beta/.*": "Terraform's beta provider asks under beta what the document has under v1",
    r"securitycenter\S* \w+ /v[12]/.*": "google-api-python-client ships no document of it; its client has the path",
    r"accesscontextmanager\S* GET /v1/operations/.*": "the document has one variable for all parts of the name",
    r"privilegedaccessmanager\S* \w+ /v1/.*": "likewise",
    r"storage\S* \w+ /(upload|download)/.*": "the document's media methods, whose paths are beside its others",
    r"sts\S* POST /v1/introspect": "OAuth 2.0's introspection endpoint, which gcloud asks; not in the document",
    r"metadata\.google\.internal GET /.*": "the metadata server of a virtual machine has no discovery document",
    r"iam\S* \w+ /v3/.*": "google-api-python-client ships no document of IAM v3; its clients have the path",
    r"cloudquotas\S* \w+ .*": "google-api-python-client ships no document of Cloud Quotas; its client has v1's",
}


def test_a_path_is_googles_or_says_why_not(subtests: pytest.Subtests) -> None:
    for service, sample, name in BINDINGS:
        with subtests.test(service=service, sample=sample, name=name):
            verb, path = sample.split(" ", 1)
            reasons = [
                why for pattern, why in NOT_IN_A_DOCUMENT.items() if re.fullmatch(pattern, f"{service} {sample}")
            ]
            if method_for(service, verb, path):
                assert not reasons, f"{sample} is in a document: take it off the list"
            else:
                assert reasons, f"{name}: {sample} is in no discovery document of {service}"


def test_no_reason_is_left_over() -> None:
    lines = [f"{service} {sample}" for service, sample, _ in BINDINGS]
    assert [each for each in NOT_IN_A_DOCUMENT if not any(re.fullmatch(each, line) for line in lines)] == []
