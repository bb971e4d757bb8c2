"""The model asked from a process of its own: the same answers and errors, and none of its troubles."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gcp_emulator.server import Running

from provision.chat.client import Chat
from provision.chat.messages import ChatRequest, Completion
from provision.chat.worker import ChatWorker, chat_worker, serve
from provision.errors import ApiError, ErrorStatus
from tests.conftest import clients_for, config_for

CHAT = "*ChatCompletions*"
NO_ONE = ChatRequest(
    base_url="http://127.0.0.1:1", headers={}, token="-", timeout_s=1.0, answer_timeout_s=9.0, request={"no": "request"}
)


@pytest.fixture
def process() -> Iterator[ChatWorker]:
    made = ChatWorker()
    yield made
    made.stop()


def chats(ready: Running, process: ChatWorker) -> tuple[Chat, Chat]:
    """The model asked from here, and from there."""
    clients = clients_for(config_for(ready, limits__call_timeout=1))
    return clients.chat, Chat(clients.transport, clients.chat.serving, process)


def untimed(answer: Completion) -> Completion:
    return replace(answer, first_token_s=None, total_s=0.0)


def refused(chat: Chat) -> ErrorStatus:
    with pytest.raises(ApiError) as caught:
        chat.complete("", "hello", max_tokens=1024)
    return caught.value.status


def test_it_answers_and_refuses_as_the_asker_itself_would(patient_sandbox: Running, process: ChatWorker) -> None:
    here, there = chats(patient_sandbox, process)
    first, second = (chat.complete("", "hello", max_tokens=1024) for chat in (here, there))
    assert untimed(first) == untimed(second)
    assert second.first_token_s is not None
    patient_sandbox.fail_next(CHAT, error="PUBLISHER_MODEL_NOT_FOUND", first=2)
    assert refused(there) == refused(here)
    patient_sandbox.fail_next(CHAT, cut_stream_after=3, first=500)
    broken = refused(there)
    assert broken == refused(here)
    assert broken.reason == "STREAM_BROKEN"
    assert "_client" not in vars(there), "the SDK was not needed here"


def test_a_refused_token_is_renewed_once(patient_sandbox: Running, process: ChatWorker) -> None:
    _, there = chats(patient_sandbox, process)
    patient_sandbox.fail_next(CHAT, status=401, first=1)
    assert there.complete("", "hello", max_tokens=1024).text
    asked = [each["status"] for each in patient_sandbox.requests() if "chat/completions" in each["path"]]
    assert asked == [401, 200]


def test_whoever_has_lost_it_asks_by_himself(patient_sandbox: Running) -> None:
    process = ChatWorker()
    process._process.kill()
    try:
        _, there = chats(patient_sandbox, process)
        assert there.complete("", "hello", max_tokens=1024).text
    finally:
        process.stop()


def test_a_second_question_does_not_wait_for_the_first(process: ChatWorker) -> None:
    with process._one:
        assert process.ask(NO_ONE) is None


def test_once_stopped_no_one_asks_again(process: ChatWorker) -> None:
    process.stop()
    message = process.ask(NO_ONE)
    assert isinstance(message, ErrorStatus)
    assert message.status == "CANCELLED"


def test_what_is_no_error_is_left_to_the_asker() -> None:
    answers = io.BytesIO()
    serve(io.BytesIO(pickle.dumps(NO_ONE)), answers)
    assert pickle.loads(answers.getvalue()) is None  # noqa: S301 - written a line above


def test_one_that_cannot_load_anything_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    process = ChatWorker()
    assert process.ask(NO_ONE) is None
    process.stop()
    assert capfd.readouterr() == ("", "")


def test_without_an_interpreter_to_start_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "")
    with chat_worker() as process:
        assert process is None
