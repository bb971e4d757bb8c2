"""A server that echoes the token it was sent, however it writes it, puts it into no report."""

from __future__ import annotations

from gcp_emulator.server import Running

from provision.commands.check import check
from provision.reports import FORMATS
from tests.conftest import clients_for, config_for
from tests.test_secret_values import ENCODINGS

ECHOING = ("*/GetProject", "*/GetProjectBillingInfo", "*/BatchGetServices", "*/ListEndpoints", "*/GetEffectivePolicy")
PIECE = 16


def test_a_live_token_that_servers_echo_in_every_writing_is_in_no_report(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    token = clients.credentials.fresh_token()
    written = {name: encode(token) for name, encode in ENCODINGS.items()}
    assert len(written) > 10
    for number, method in enumerate(ECHOING):
        echoed = " and ".join([*written.values()][number :: len(ECHOING)])
        sandbox.fail_next(method, 400, first=99, message=f"no: {echoed}", reason="ECHO", metadata={"token": echoed})
    run = check(config, clients)
    for form, render in FORMATS.items():
        told = render(run)
        assert "[redacted]" in told, form
        left = {
            name
            for name, text in written.items()
            if any(text[at : at + PIECE] in told for at in range(len(text) - PIECE + 1))
        }
        assert left == set(), form
