"""Serves the stand-in to Terraform, which attaches to it through TF_REATTACH_PROVIDERS.

https://developer.hashicorp.com/terraform/plugin/debugging#debugger-based-debugging
"""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import grpc

from tests.terraform.standin import planning, schema, validation, wire
from tests.terraform.standin.resources import DATA_SOURCES, RESOURCES
from tests.terraform.standin.resources.kind import settle
from tests.terraform.standin.rest import Google, ProviderError, configure
from tests.terraform.standin.values import UNKNOWN, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ADDRESS: Final = "registry.terraform.io/hashicorp/google"
Path = tuple[str | int, ...]


def _diagnostic(summary: str, detail: str = "", path: Path = (), severity: int = wire.ERROR) -> Any:
    found = wire.MESSAGES["Diagnostic"](severity=severity, summary=summary, detail=detail)
    if path:
        found.attribute.CopyFrom(_attribute_path(path))
    return found


def _attribute_path(path: Path) -> Any:
    step = wire.MESSAGES["Step"]
    return wire.MESSAGES["AttributePath"](
        steps=[step(attribute_name=part) if isinstance(part, str) else step(element_key_int=part) for part in path]
    )


class Provider:
    """Answers Terraform; one for each Terraform that runs, as each configures it anew."""

    def __init__(self, environment: Mapping[str, str], **how: Any) -> None:
        self._environment = environment
        self._how = how
        self._google: Google | None = None

    def close(self) -> None:
        """Let go of all connections."""
        if self._google is not None:
            self._google.close()

    def get_schema(self, request: Any) -> Any:  # noqa: ARG002 - every method has one signature
        """GetProviderSchema."""
        return schema.to_wire()

    def prepare_provider_config(self, request: Any) -> Any:
        """PrepareProviderConfig: nothing to prepare."""
        return wire.MESSAGES["PreparedAnswer"](prepared_config=request.config)

    def configure(self, request: Any) -> Any:
        """Configure: where to, and as whom; nothing is called."""
        config = decode(request.config) or {}
        known = {name: value for name, value in config.items() if value is not UNKNOWN}
        answer = wire.MESSAGES["DiagnosticsAnswer"]()
        try:
            settings = configure(known, self._environment, request.terraform_version)
        except ProviderError as error:
            answer.diagnostics.append(_diagnostic(str(error)))
            return answer
        self.close()
        self._google = Google(settings, **self._how)
        return answer

    @property
    def google(self) -> Google:
        """The calls, once configured."""
        if self._google is None:
            raise ProviderError("the provider is not configured")
        return self._google

    def validate_resource_type_config(self, request: Any) -> Any:
        """ValidateResourceTypeConfig."""
        return self._validated(schema.resource(request.type_name), request)

    def validate_data_source_config(self, request: Any) -> Any:
        """ValidateDataSourceConfig."""
        return self._validated(schema.data_source(request.type_name), request)

    def _validated(self, block: schema.Block, request: Any) -> Any:
        findings = validation.validate(block, decode(request.config))
        return wire.MESSAGES["DiagnosticsAnswer"](
            diagnostics=[_diagnostic(summary, detail, path) for path, summary, detail in findings]
        )

    def upgrade_resource_state(self, request: Any) -> Any:
        """UpgradeResourceState: the state is of today's schema."""
        state = json.loads(request.raw_state.json)
        return wire.MESSAGES["UpgradeAnswer"](
            upgraded_state=encode(schema.complete(schema.resource(request.type_name), state))
        )

    def read_resource(self, request: Any) -> Any:
        """ReadResource."""
        kind, block = RESOURCES[request.type_name], schema.resource(request.type_name)
        answer = wire.MESSAGES["ReadAnswer"](new_state=request.current_state)
        with _message(answer.diagnostics, request.type_name):
            state = decode(request.current_state)
            found = kind.read(state, self.google)
            if found is not None:
                found = settle(schema.complete(block, _keep_nothing(found, state)), kind)
            answer.new_state.CopyFrom(encode(found))
        return answer

    def plan_resource_change(self, request: Any) -> Any:
        """PlanResourceChange."""
        kind, block = RESOURCES[request.type_name], schema.resource(request.type_name)
        answer = wire.MESSAGES["PlanAnswer"](legacy=True)
        config, prior = decode(request.config), decode(request.prior_state)
        if decode(request.proposed_new_state) is None:  # a destroy
            answer.planned_state.CopyFrom(request.proposed_new_state)
            return answer
        planned = planning.plan(block, prior, config)
        with _message(answer.diagnostics, request.type_name):
            kind.customize(planned.state, prior, self.google)
        answer.planned_state.CopyFrom(encode(planned.state))
        answer.requires_replace.extend(_attribute_path(path) for path in planned.replace)
        return answer

    def apply_resource_change(self, request: Any) -> Any:
        """ApplyResourceChange: what fails leaves the state that was."""
        kind, block = RESOURCES[request.type_name], schema.resource(request.type_name)
        prior, planned = decode(request.prior_state), decode(request.planned_state)
        answer = wire.MESSAGES["ApplyAnswer"](legacy=True, new_state=request.prior_state)
        what = "delete" if planned is None else "create" if prior is None else "update"
        allowed = timeout(block, prior if planned is None else planned, what)
        with _message(answer.diagnostics, request.type_name), self.google.within(allowed):
            if planned is None:
                kind.may_be_deleted(prior)
                kind.delete(prior, self.google)
                new = None
            elif prior is None:
                new = kind.create(_policy_known(planned, kind.default_policy), self.google)
            else:
                new = kind.update(prior, _policy_known(planned, kind.default_policy), self.google)
            if new is not None:
                new = settle(schema.complete(block, _keep_nothing(new, planned)), kind)
            answer.new_state.CopyFrom(encode(new))
        return answer

    def import_resource_state(self, request: Any) -> Any:
        """ImportResourceState."""
        kind, block = RESOURCES[request.type_name], schema.resource(request.type_name)
        answer = wire.MESSAGES["ImportAnswer"]()
        with _message(answer.diagnostics, request.type_name):
            state = schema.complete(block, kind.imported(request.id, self.google))
            answer.imported_resources.append(
                wire.MESSAGES["Imported"](type_name=request.type_name, state=encode(state))
            )
        return answer

    def read_data_source(self, request: Any) -> Any:
        """ReadDataSource."""
        answer = wire.MESSAGES["DataAnswer"]()
        with _message(answer.diagnostics, request.type_name):
            found = DATA_SOURCES[request.type_name](decode(request.config), self.google)
            answer.state.CopyFrom(encode(schema.complete(schema.data_source(request.type_name), found)))
        return answer

    def stop(self, request: Any) -> Any:  # noqa: ARG002 - every method has one signature
        """Stop."""
        return wire.MESSAGES["StopAnswer"]()


UNIT_S: Final = {"h": 3600, "m": 60, "s": 1}


def timeout(block: schema.Block, state: dict[str, Any], what: str) -> float:
    """Return the seconds that a resource gives a change: its own, else the provider's, else the SDK's 20 minutes."""
    given = (state.get("timeouts") or {}).get(what)
    if isinstance(given, str):
        return float(sum(float(number) * UNIT_S[unit] for number, unit in re.findall(r"([\d.]+)([hms])", given)))
    return float(60 * block.get("default_timeouts_minutes", {}).get(what, 20))


def _policy_known(state: dict[str, Any], default: str) -> dict[str, Any]:
    if state.get("deletion_policy") is UNKNOWN:
        return {**state, "deletion_policy": default}
    return state


def _keep_nothing(found: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Return what was found, and nothing where nothing was held and the zero value was found."""
    kept = dict(found)
    for name, value in found.items():
        before = held.get(name)
        if before is None and name in held and value in ("", []):
            kept[name] = value if isinstance(value, list) else None
    return kept


@contextmanager
def _message(diagnostics: Any, type_name: str) -> Iterator[None]:
    """Turn what goes wrong into what Terraform shows; a fault of the stand-in's own with its place."""
    try:
        yield
    except ProviderError as error:
        diagnostics.append(_diagnostic(str(error).partition("\n")[0], str(error)))
    except Exception:  # noqa: BLE001 - Terraform must hear of it, and go on
        diagnostics.append(_diagnostic(f"The stand-in failed at {type_name}", traceback.format_exc()))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _handlers(provider: Provider) -> list[Any]:
    def handler(name: str, asked: str, answered: str) -> Any:
        method: Callable[[Any], Any] = getattr(provider, _snake(name))
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: method(request),  # noqa: ARG005 - gRPC's signature
            request_deserializer=wire.MESSAGES[asked].FromString,
            response_serializer=wire.MESSAGES[answered].SerializeToString,
        )

    methods = {name: handler(name, asked, answered) for name, (asked, answered) in wire.METHODS.items()}
    return [grpc.method_handlers_generic_handler(wire.SERVICE, methods)]


@contextmanager
def serving(environment: Mapping[str, str], **how: Any) -> Iterator[dict[str, str]]:
    """Serve in this process; give the variables that make Terraform attach.

    Args:
        environment: where the provider would look for its configuration, were it Terraform's child.
        **how: of `Google`: its pace, and who hears of each request.
    """
    provider = Provider(environment, **how)
    # More than Terraform asks at once (10): some wait for others of their batch.
    server = grpc.server(ThreadPoolExecutor(max_workers=32), handlers=_handlers(provider))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield {"TF_REATTACH_PROVIDERS": reattach(port)}
    finally:
        server.stop(grace=None).wait()
        provider.close()


def reattach(port: int) -> str:
    """Return what TF_REATTACH_PROVIDERS has to say."""
    return json.dumps(
        {
            ADDRESS: {
                "Protocol": "grpc",
                "ProtocolVersion": 5,
                "Pid": os.getpid(),
                "Test": True,
                "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
            }
        }
    )
