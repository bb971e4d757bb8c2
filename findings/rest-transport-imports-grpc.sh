#!/usr/bin/env bash
# google-api-core 2.44.0 with google-cloud-service-usage 1.18.0 and grpcio 1.85.1, Python 3.11.
# One would guess: a client made with transport="rest" needs no gRPC, so a program that only speaks REST does not pay for it.
# What happened: importing google.api_core.exceptions alone loads grpc and grpc_status; the REST client has both in
# sys.modules before its first call.
# Seen: transport: rest | grpc loaded: True | grpc_status loaded: True
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  google-api-core==2.44.0 google-cloud-service-usage==1.18.0 grpcio==1.85.1
"$folder/venv/bin/python" - <<'PY'
import sys
import google.api_core.exceptions  # noqa: F401
assert "grpc" in sys.modules, "google.api_core.exceptions no longer loads grpc"
from google.auth.credentials import AnonymousCredentials
from google.cloud import service_usage_v1
client = service_usage_v1.ServiceUsageClient(credentials=AnonymousCredentials(), transport="rest")
print("transport:", client.transport.kind, "| grpc loaded:", "grpc" in sys.modules, "| grpc_status loaded:", "grpc_status" in sys.modules)
assert client.transport.kind == "rest" and "grpc" in sys.modules
PY
