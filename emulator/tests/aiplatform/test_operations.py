"""Long-running operations of Vertex AI as Google's own client asks for them, over both transports."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from gcp_emulator.server import Running, running
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import Endpoint, EndpointServiceClient
from google.longrunning import operations_pb2 as messages  # type: ignore[import-untyped] # the package ships no types
from google.oauth2.credentials import Credentials
from google.protobuf.duration_pb2 import Duration

TRANSPORTS = ["rest", "grpc"]


def client(ready: Running, transport: str) -> tuple[EndpointServiceClient, dict[str, Any]]:
    """A client, and what each call of it is given."""
    if transport == "grpc":
        channel = grpc.insecure_channel(ready["grpc_target"])
        metadata = [("authorization", f"Bearer {ready['token']}")]
        return EndpointServiceClient(transport=EndpointServiceClient.get_transport_class("grpc")(channel=channel)), {
            "metadata": metadata
        }
    credentials = Credentials(ready["token"])  # type: ignore[no-untyped-call] # google-auth ships no types
    options = {"api_endpoint": ready["rest_url"]}
    return EndpointServiceClient(credentials=credentials, transport="rest", client_options=options), {}


def operation(answer: Any) -> Any:
    """The operation in an answer, which this client hands on as it came where it waited over gRPC (2.7.0)."""
    return messages.Operation.FromString(answer) if isinstance(answer, bytes) else answer


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_operations_are_listed_waited_for_canceled_and_forgotten(transport: str) -> None:
    with running(clock=0) as ready:
        asked, more = client(ready, transport)
        location = f"projects/{ready['project']}/locations/europe-west4"
        started = [
            asked.create_endpoint(parent=location, endpoint=Endpoint(display_name=name), **more).operation.name
            for name in ("kept", "canceled")
        ]

        def listed(filter_: str = "") -> set[str]:
            # An operation's name ends in the endpoint that it makes.
            found: set[str] = set()
            for name in started:
                within = name.partition("/operations/")[0]
                request = messages.ListOperationsRequest(name=within, filter=filter_)
                found |= {each.name for each in asked.list_operations(request, **more).operations}
            return found

        assert listed() == set(started)
        assert listed("done=true") == set()
        one_second = Duration(seconds=1)
        waiting = asked.wait_operation(messages.WaitOperationRequest(name=started[0], timeout=one_second), **more)
        assert not operation(waiting).done
        asked.cancel_operation(messages.CancelOperationRequest(name=started[1]), **more)
        canceled = asked.get_operation(messages.GetOperationRequest(name=started[1]), **more)
        assert (canceled.done, canceled.error.code) == (True, 1)
        ready.advance(2)
        waited = asked.wait_operation(messages.WaitOperationRequest(name=started[0]), **more)
        assert operation(waited).done
        assert listed("done=true") == set(started)
        made = {each.display_name for each in asked.list_endpoints(parent=location, **more)}
        assert ("kept" in made, "canceled" in made) == (True, False)
        asked.delete_operation(messages.DeleteOperationRequest(name=started[0]), **more)
        assert listed() == {started[1]}
        with pytest.raises(exceptions.NotFound):
            asked.wait_operation(messages.WaitOperationRequest(name=started[0]), **more)


def test_an_operation_that_runs_is_waited_for() -> None:
    with running(clock=20) as ready:
        asked, _ = client(ready, "rest")
        location = f"projects/{ready['project']}/locations/europe-west4"
        name = asked.create_endpoint(parent=location, endpoint=Endpoint(display_name="mine")).operation.name
        assert asked.wait_operation(messages.WaitOperationRequest(name=name, timeout=Duration(seconds=20))).done
