"""Chat completions through Vertex AI's OpenAI-compatible endpoint, with the openai SDK.

https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis
"""

from __future__ import annotations

import json
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.chat.events import Endless
from provision.chat.messages import METHOD, ChatRequest, Completion
from provision.chat.reader import read_answer
from provision.errors import ApiError, ErrorStatus
from provision.google.errors import error_from
from provision.google.vertex import SERVICE
from provision.partial_import import partial_import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.chat.messages import Worker
    from provision.chat.serving import Serving
    from provision.google.transport import Transport

_SAMPLE_CHUNK: Final[dict[str, Any]] = {
    "id": "",
    "object": "chat.completion.chunk",
    "created": 0,
    "model": "",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
}


class Chat:
    """Chat completions of one model, where it is served. Every method raises `ApiError`."""

    def __init__(
        self,
        transport: Transport,
        serving: Serving,
        worker: Worker | None = None,
        *,
        answer_timeout_s: float = 60.0,
    ) -> None:
        self._transport = transport
        self._worker = worker
        self._answer_timeout_s = answer_timeout_s
        self.serving = serving

    @cached_property
    def _client(self) -> Any:
        client = _made(
            base_url=self.serving.base_url,
            headers=self.serving.headers,
            # Asked before each request, so that a long run outlives a token.
            api_key=self._transport.credentials.fresh_token,
            timeout_s=self._transport.call_timeout_s,
        )
        _warm_up(client)
        return client

    def complete(self, model: str, prompt: str | list[dict[str, Any]], *, max_tokens: int, **more: Any) -> Completion:
        """Ask one question and read the answer as a stream; needs ``aiplatform.endpoints.predict``.

        Args:
            model: empty for the one that is served here.
            prompt: what a user says, or the messages of a conversation.
            max_tokens: how many the answer may have; reasoning is paid for out of them.
            **more: other parts of the request, such as ``tools``.

        A refused token is renewed once (it may have been revoked a moment ago); a stream that breaks off raises
        `ApiError` with reason ``STREAM_BROKEN``, one that goes silent with ``STREAM_STALLED``, one that does not end
        in time or holds more than any answer with ``STREAM_ENDLESS``.
        """
        if self._worker is None:
            _ = self._client  # made before the clock of the call runs
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        request = {"model": model or self.serving.model, "messages": messages, "max_tokens": max_tokens, **more}
        renewed = False

        def ask(**_: Any) -> Completion:
            nonlocal renewed
            token = self._transport.credentials.fresh_token()  # as the client does next: no other call in most cases
            try:
                return self._attempt(token, request)
            except Exception as error:
                code = error.status.code if isinstance(error, ApiError) else getattr(error, "status_code", None)
                if renewed or code != 401:
                    raise
                renewed = True
            self._transport.credentials.renew(token)
            return self._attempt(self._transport.credentials.fresh_token(), request)

        # A chunk may take as long as a call; a whole answer as long as all that a check reads.
        return self._transport.call(SERVICE, METHOD, ask, total_s=self._answer_timeout_s + 1.0)

    def _attempt(self, token: str, request: dict[str, Any]) -> Completion:
        if self._worker is not None:
            question = ChatRequest(
                base_url=self.serving.base_url,
                headers=self.serving.headers,
                token=token,
                timeout_s=self._transport.call_timeout_s,
                answer_timeout_s=self._answer_timeout_s,
                request=request,
            )
            result = self._worker.ask(question)
            if isinstance(result, ErrorStatus):
                raise ApiError(result)
            if result is not None:
                return result
        return _read(self._client, request, self._answer_timeout_s)

    def route_answers(self) -> bool:
        """Return True if the chat route of this project serves; it is asked for a model that cannot exist, for free.

        The gates for a disabled service, missing billing and missing permission stand before the request is looked
        at, so a complaint about the model id (400 INVALID_ARGUMENT) comes from behind all of them.

        Raises:
            ApiError: any other error.
        """
        client = self._client

        def ask(**_: Any) -> None:
            client.chat.completions.create(
                model="is-this-route-served", messages=[{"role": "user", "content": "-"}], max_tokens=1
            )

        try:
            self._transport.call(SERVICE, METHOD, ask)
        except ApiError as error:
            if (error.status.code, error.status.status) != (400, "INVALID_ARGUMENT"):
                raise
        return True


def get_ready() -> None:
    """Load the SDK and have it build its types, before there is anything to ask."""
    _warm_up(_made(base_url="http://localhost", headers={}, api_key="-", timeout_s=1.0))


def answer(question: ChatRequest) -> Completion:
    """Make one attempt, in a process of its own.

    Raises:
        ApiError: Google refused.
        Exception: what is no error.
    """
    client = _made(
        base_url=question.base_url,
        headers=question.headers,
        api_key=question.token,
        timeout_s=question.timeout_s,
    )
    try:
        return _read(client, question.request, question.answer_timeout_s)
    except Exception as error:
        refused = error_from(error, SERVICE, METHOD)
        if refused is None:
            raise
        raise ApiError(refused) from error


def _made(*, base_url: str, headers: dict[str, str], api_key: str | Callable[[], str], timeout_s: float) -> Any:
    # Everything but chat: the SDK's other resources take most of its import.
    partial_import(
        "openai",
        "openai.types",
        "openai.resources",
        "openai.types.beta",
        "openai.types.evals",
        "openai.types.graders",
        "openai.types.responses",
    )
    from openai._client import OpenAI

    from provision.chat import limited

    return OpenAI(
        base_url=base_url,
        default_headers=headers,
        api_key=api_key,
        max_retries=0,  # the transport retries, and counts
        timeout=timeout_s,
        http_client=limited.client(timeout_s),
    )


def _warm_up(client: Any) -> None:
    """Have the SDK read one made-up answer: it builds its types with the first, and that is not the model's time."""
    import httpx2

    event = f"data: {json.dumps(_SAMPLE_CHUNK)}\n\ndata: [DONE]\n\n"
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=event)
    nowhere = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    with client.with_options(base_url="http://localhost", api_key="-", http_client=nowhere) as copy:
        _read(copy, {"model": "-", "messages": [{"role": "user", "content": "-"}], "max_tokens": 1}, 60.0)


def _read(client: Any, request: dict[str, Any], answer_timeout_s: float) -> Completion:
    """Ask, and read the answer as it comes: its bytes, since the SDK's own reader takes the protocol at its word."""
    began = time.perf_counter()
    stream = client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True})
    try:
        return read_answer(
            _pieces(stream.response, began + answer_timeout_s),
            request,
            began=began,
            content_type=stream.response.headers.get("content-type", ""),
        )
    finally:
        stream.close()


def _pieces(response: Any, end: float) -> Iterator[bytes]:
    """Yield the body as it arrives; what happens on the way is raised as the SDK would."""
    import httpx2
    from openai._exceptions import APIConnectionError, APITimeoutError

    try:
        for piece in response.iter_bytes():
            yield piece
            if time.perf_counter() > end:
                raise Endless("it goes on and on")
    except httpx2.TimeoutException as error:
        raise APITimeoutError(request=response.request) from error
    except httpx2.TransportError as error:
        raise APIConnectionError(request=response.request) from error
