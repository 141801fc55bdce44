"""The sandbox's menu of faults, each with what is to be recorded of it."""

from dataclasses import dataclass

MODEL = "claude-haiku-5-5"
LONG = 30_000  # tokens that may take more than ten minutes
LOW_CREDIT = "Your credit balance is too low to access the Anthropic API."


@dataclass(frozen=True)
class Fault:
    """A fault, and how its attempt is to be recorded."""

    script: str
    status: int | None
    error_type: str
    costs_a_failure: bool = True
    stream: bool = False
    max_tokens: int = 64
    is_begun: bool = False
    """Whether the answer began, so that its input tokens are known and billed."""
    says: str = ""
    """What its message contains, at the least."""
    is_headed: bool = False
    """Whether at least its headers came, with the request id."""

    def __str__(self) -> str:
        kind = "long " if self.max_tokens == LONG else "streamed " if self.stream else ""
        return f"{kind}{self.script}"

    def request(self, script: str) -> dict[str, object]:
        return {
            "model": MODEL,
            "max_tokens": self.max_tokens,
            "messages": [{"role": "user", "content": f"What is 17 + 25? [[{script}]] ({self})"}],
            **({"stream": True} if self.stream else {}),
        }


def streamed(script: str, error_type: str, **fields: object) -> Fault:
    return Fault(script, 200, error_type, stream=True, **{"is_begun": True, **fields})


PASSING = [
    Fault("429 retry-after=1", 429, "rate_limit_error", costs_a_failure=False),
    Fault("429 retry-after-ms=20", 429, "rate_limit_error", costs_a_failure=False),
    Fault("429 no-retry-after", 429, "rate_limit_error", costs_a_failure=False),
    Fault("ramp", 429, "rate_limit_error", costs_a_failure=False),
    Fault("408", 408, "timeout_error"),
    Fault("409", 409, "conflict_error"),
    Fault("500", 500, "api_error"),
    Fault("502", 502, "api_error"),
    Fault("503", 503, "api_error"),
    Fault("503 code=cmek_key_unreachable", 503, "api_error"),
    Fault("504", 504, "timeout_error"),
    Fault("529 retry-after=1", 529, "overloaded_error"),
    Fault("overloaded", 529, "overloaded_error"),
    Fault("400 should-retry=true", 400, "invalid_request_error"),
    Fault("500 should-retry=none", 500, "api_error"),
    Fault("html 502", 502, "api_error", says="an HTML page titled '502 Bad gateway'"),
    Fault("html 429", 429, "rate_limit_error", costs_a_failure=False),
    Fault("not-json", 200, "response_error", says="upstream says hello"),
    Fault("wrong-shape", 200, "response_error"),
    Fault("malformed", 200, "response_error"),
    Fault("reset", None, "connection_error"),
    Fault("drop", None, "connection_error"),
    Fault("lost", None, "connection_error"),
    Fault("cut", None, "connection_error", is_headed=True),
    Fault("eof", None, "connection_error", is_headed=True),
    Fault("slow 60", None, "timeout_error", says="the call was not done after 4 s"),
    Fault("stall", None, "timeout_error", says="the call was not done after 4 s"),
    Fault("error-event overloaded_error", 529, "overloaded_error"),
    Fault("529", 529, "overloaded_error", stream=True),
    Fault("slow 60", None, "timeout_error", says="no byte came for 2 s", stream=True),
    Fault("stall after=3", None, "timeout_error", says="no byte came for 2 s", stream=True, is_begun=True),
    Fault(
        "stall after=3 pings",
        None,
        "timeout_error",
        says="the call was not done after 4 s",
        stream=True,
        is_begun=True,
    ),
    Fault("cut after=3", None, "connection_error", stream=True, is_begun=True),
    streamed("eof after=3", "stream_cut"),
    Fault("not-json", 200, "response_error", stream=True),
    Fault("wrong-shape", 200, "response_error", stream=True),
    streamed("malformed", "stream_malformed"),
    streamed("error-event overloaded_error after=2", "overloaded_error"),
    streamed("error-event api_error after=2", "api_error"),
    streamed("error-event timeout_error after=2", "timeout_error"),
    streamed("error-event some_new_error after=2", "some_new_error"),
    streamed("error-event rate_limit_error after=2", "rate_limit_error", costs_a_failure=False),
    Fault("cut after=3", None, "connection_error", max_tokens=LONG, is_begun=True),
    Fault(
        "stall after=3", None, "timeout_error", says="no byte came for 2 s", max_tokens=LONG, is_begun=True
    ),
    Fault("error-event overloaded_error after=2", 200, "overloaded_error", max_tokens=LONG, is_begun=True),
]
LASTING = [
    Fault("400", 400, "invalid_request_error"),
    Fault("404", 404, "not_found_error", says="Not found"),
    Fault("413", 413, "request_too_large"),
    Fault("html 413", 413, "request_too_large"),
    Fault("422", 422, "invalid_request_error"),
    Fault("400 code=user_profile_required", 400, "invalid_request_error"),
    Fault("500 should-retry=false", 500, "api_error"),
    Fault("529 should-retry=false", 529, "overloaded_error"),
    Fault("error-event invalid_request_error", 400, "invalid_request_error"),
    streamed("error-event invalid_request_error after=2", "invalid_request_error"),
]
OF_THE_ACCOUNT = [
    Fault("credit", 400, "invalid_request_error", says=LOW_CREDIT),
    Fault("usage-limit", 400, "invalid_request_error"),
    Fault("hold", 400, "invalid_request_error"),
    Fault("spend-cap", 429, "rate_limit_error"),
    Fault("429 no-retry-after code=contract_spend_limit_reached", 429, "rate_limit_error"),
    Fault("400 code=cmek_key_disabled", 400, "invalid_request_error"),
    Fault(f'400 should-retry=true message="{LOW_CREDIT}"', 400, "invalid_request_error"),
    Fault("401", 401, "authentication_error"),
    Fault("402", 402, "billing_error"),
    Fault("403", 403, "permission_error"),
    Fault("credit", 400, "invalid_request_error", stream=True),
    streamed("error-event permission_error after=2", "permission_error"),
]
ODD_BUT_SOUND = [
    Fault("close", 200, ""),
    Fault("slow 1", 200, ""),
    Fault("unknown-event", 200, "", stream=True),
    Fault("crlf", 200, "", stream=True),
    Fault("bytes", 200, "", stream=True),
]
