#!/usr/bin/env bash
# google-auth 2.62.2, Python 3.11: credentials from an executable (https://google.aip.dev/auth/4117).
# One would guess: the program's answer is its standard output, and a note on standard error is for people.
# What happened: google-auth reads both streams as one text. A program that is right in its answer and writes one line to
# standard error ends in a bare json.JSONDecodeError, which is no google.auth error, so handlers of those miss it too.
# Seen: quiet: header.payload.signature
#       with a note on stderr: JSONDecodeError Expecting value: line 1 column 1 (char 0)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-auth==2.62.2 requests==2.34.0
cat > "$folder/source.py" <<'PY'
import json, sys, time
if len(sys.argv) > 1:
    print("note: using the cached session", file=sys.stderr)
print(json.dumps({"version": 1, "success": True, "token_type": "urn:ietf:params:oauth:token-type:jwt",
                  "id_token": "header.payload.signature", "expiration_time": int(time.time()) + 3600}))
PY
FOLDER="$folder" GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 "$folder/venv/bin/python" - <<'PY'
import os, sys
from google.auth import pluggable
from google.auth.exceptions import GoogleAuthError
folder = os.environ["FOLDER"]

def token(*words):
    credentials = pluggable.Credentials(
        audience="//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
        subject_token_type="urn:ietf:params:oauth:token-type:jwt",
        token_url="https://sts.googleapis.com/v1/token",
        credential_source={"executable": {"command": " ".join([sys.executable, f"{folder}/source.py", *words]), "timeout_millis": 30000}},
    )
    return credentials.retrieve_subject_token(None)

print("quiet:", token())
try:
    print("with a note on stderr:", token("note"))
except ValueError as error:
    print("with a note on stderr:", type(error).__name__, error)
    assert not isinstance(error, GoogleAuthError)
else:
    raise SystemExit("a note on standard error is now let be")
PY
