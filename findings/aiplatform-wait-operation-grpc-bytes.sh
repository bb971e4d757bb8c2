#!/usr/bin/env bash
# google-cloud-aiplatform 2.7.0 with grpcio 1.85.1, Python 3.11.
# One would guess: wait_operation of a client gives an Operation, as get_operation and as the same method over REST do.
# What happened: over gRPC it gives the message as bytes, not read; who writes `.done` gets an AttributeError.
# Seen: get_operation: Operation | wait_operation: bytes
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-cloud-aiplatform==2.7.0 grpcio==1.85.1
"$folder/venv/bin/python" - <<'PY'
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.aiplatform_v1.services.endpoint_service.transports import EndpointServiceGrpcTransport
from google.longrunning import operations_pb2

DONE = operations_pb2.Operation(name="projects/p/locations/us-central1/operations/1", done=True)


def answer(request, context):
    return DONE


def handler(request_type):
    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=request_type.FromString, response_serializer=operations_pb2.Operation.SerializeToString
    )


methods = {
    "GetOperation": handler(operations_pb2.GetOperationRequest),
    "WaitOperation": handler(operations_pb2.WaitOperationRequest),
}
server = grpc.server(ThreadPoolExecutor(2))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("google.longrunning.Operations", methods)])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
channel = grpc.insecure_channel(f"127.0.0.1:{port}")
client = EndpointServiceClient(transport=EndpointServiceGrpcTransport(channel=channel))
got = client.get_operation(operations_pb2.GetOperationRequest(name=DONE.name))
waited = client.wait_operation(operations_pb2.WaitOperationRequest(name=DONE.name))
print("get_operation:", type(got).__name__, "| wait_operation:", type(waited).__name__)
assert isinstance(got, operations_pb2.Operation) and got.done
assert isinstance(waited, bytes) and operations_pb2.Operation.FromString(waited).done
server.stop(None)
PY
