"""Calls of tags, one for each served method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.resourcemanager_v3 import (
    TagBinding,
    TagBindingsClient,
    TagKey,
    TagKeysClient,
    TagValue,
    TagValuesClient,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

KEYS, VALUES, BINDINGS = (f"google.cloud.resourcemanager.v3.{each}" for each in ("TagKeys", "TagValues", "TagBindings"))
MADE = 5
"""Seconds after which a tag is there."""


def _namespaced(sandbox: Running, rest: str) -> str:
    return f"{str(sandbox['organization']).partition('/')[2]}/{rest}"


def _create_key(clients: Any, sandbox: Running) -> Any:
    return clients.of(TagKeysClient).create_tag_key(tag_key=TagKey(parent=sandbox["organization"], short_name="env"))


def _key(clients: Any, sandbox: Running) -> str:
    _create_key(clients, sandbox)
    sandbox.advance(MADE)
    name: str = clients.of(TagKeysClient).get_namespaced_tag_key(name=_namespaced(sandbox, "env")).name
    return name


def _create_value(clients: Any, sandbox: Running) -> Any:
    value = TagValue(parent=_key(clients, sandbox), short_name="prod")
    return clients.of(TagValuesClient).create_tag_value(tag_value=value)


def _value(clients: Any, sandbox: Running) -> str:
    _create_value(clients, sandbox)
    sandbox.advance(MADE)
    name: str = clients.of(TagValuesClient).get_namespaced_tag_value(name=_namespaced(sandbox, "env/prod")).name
    return name


def _project(clients: Any, sandbox: Running) -> str:
    """Bind a tag to a project; the project's full name."""
    project = f"//cloudresourcemanager.googleapis.com/projects/{sandbox['project']}"
    binding = TagBinding(parent=project, tag_value=_value(clients, sandbox))
    clients.of(TagBindingsClient).create_tag_binding(tag_binding=binding)
    return project


def _unbind(clients: Any, sandbox: Running) -> Any:
    project = _project(clients, sandbox)
    [bound] = clients.of(TagBindingsClient).list_tag_bindings(parent=project)
    return clients.of(TagBindingsClient).delete_tag_binding(name=bound.name)


CALLS: dict[str, Callable[[Any, Running], Any]] = {
    f"{KEYS}/CreateTagKey": _create_key,
    f"{KEYS}/GetTagKey": lambda c, s: c.of(TagKeysClient).get_tag_key(name=_key(c, s)),
    f"{KEYS}/GetNamespacedTagKey": _key,
    f"{KEYS}/ListTagKeys": lambda c, s: (
        _key(c, s) and list(c.of(TagKeysClient).list_tag_keys(parent=s["organization"]))
    ),
    f"{KEYS}/UpdateTagKey": lambda c, s: c.of(TagKeysClient).update_tag_key(
        tag_key=TagKey(name=_key(c, s), description="Other"), update_mask={"paths": ["description"]}
    ),
    f"{KEYS}/DeleteTagKey": lambda c, s: c.of(TagKeysClient).delete_tag_key(name=_key(c, s)),
    f"{KEYS}/GetIamPolicy": lambda c, s: c.of(TagKeysClient).get_iam_policy(resource=_key(c, s)),
    f"{KEYS}/SetIamPolicy": lambda c, s: c.of(TagKeysClient).set_iam_policy(
        request={"resource": _key(c, s), "policy": {"bindings": []}}
    ),
    f"{KEYS}/TestIamPermissions": lambda c, s: c.of(TagKeysClient).test_iam_permissions(
        resource=_key(c, s), permissions=["resourcemanager.tagKeys.get"]
    ),
    f"{VALUES}/CreateTagValue": _create_value,
    f"{VALUES}/GetTagValue": lambda c, s: c.of(TagValuesClient).get_tag_value(name=_value(c, s)),
    f"{VALUES}/GetNamespacedTagValue": _value,
    f"{VALUES}/ListTagValues": lambda c, s: list(
        c.of(TagValuesClient).list_tag_values(parent=c.of(TagValuesClient).get_tag_value(name=_value(c, s)).parent)
    ),
    f"{VALUES}/UpdateTagValue": lambda c, s: c.of(TagValuesClient).update_tag_value(
        tag_value=TagValue(name=_value(c, s), description="Other"), update_mask={"paths": ["description"]}
    ),
    f"{VALUES}/DeleteTagValue": lambda c, s: c.of(TagValuesClient).delete_tag_value(name=_value(c, s)),
    f"{VALUES}/GetIamPolicy": lambda c, s: c.of(TagValuesClient).get_iam_policy(resource=_value(c, s)),
    f"{VALUES}/SetIamPolicy": lambda c, s: c.of(TagValuesClient).set_iam_policy(
        request={"resource": _value(c, s), "policy": {"bindings": []}}
    ),
    f"{VALUES}/TestIamPermissions": lambda c, s: c.of(TagValuesClient).test_iam_permissions(
        resource=_value(c, s), permissions=["resourcemanager.tagValues.get"]
    ),
    f"{BINDINGS}/CreateTagBinding": _project,
    f"{BINDINGS}/ListTagBindings": lambda c, s: list(c.of(TagBindingsClient).list_tag_bindings(parent=_project(c, s))),
    f"{BINDINGS}/DeleteTagBinding": _unbind,
    f"{BINDINGS}/ListEffectiveTags": lambda c, s: list(
        c.of(TagBindingsClient).list_effective_tags(parent=_project(c, s))
    ),
}
