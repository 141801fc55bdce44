"""Every documented error of Claude's API arrives at a caller of the OpenAI SDK as its class for the status.

Source: section on errors of Anthropic's reference, and `_make_status_error` of the SDK.
"""

import openai
import pytest

pytestmark = pytest.mark.journey

AT_ONCE = {"promptmill-max-failures": "1", "promptmill-max-time-s": "0.001"}
REQUEST = [
    ("400", 400, openai.BadRequestError, "invalid_request_error"),
    ("404", 404, openai.NotFoundError, "invalid_request_error"),
    ("412 type=invalid_request_error", 412, openai.APIStatusError, "invalid_request_error"),
    ("413 type=request_too_large", 413, openai.APIStatusError, "invalid_request_error"),
    ("422 type=invalid_request_error", 422, openai.UnprocessableEntityError, "invalid_request_error"),
]
PASSING = [
    ("408 type=timeout_error", 408, openai.APIStatusError, "server_error"),
    ("409 type=conflict_error", 409, openai.ConflictError, "invalid_request_error"),
    ("429 retry-after=1", 429, openai.RateLimitError, "rate_limit_error"),
    ("500", 500, openai.InternalServerError, "server_error"),
    ("503", 503, openai.InternalServerError, "server_error"),
    ("504 type=timeout_error", 504, openai.InternalServerError, "server_error"),
    ("529", 529, openai.InternalServerError, "server_error"),
    ("html 502", 502, openai.InternalServerError, "server_error"),
    ("reset", 502, openai.InternalServerError, "server_error"),
    ("not-json", 502, openai.InternalServerError, "server_error"),
]
ACCOUNT = [
    ("401", 401, openai.AuthenticationError, "invalid_request_error"),
    ("402", 402, openai.APIStatusError, "insufficient_quota"),
    ("403", 403, openai.PermissionDeniedError, "permission_error"),
    ("credit", 400, openai.BadRequestError, "invalid_request_error"),
    ("usage-limit", 400, openai.BadRequestError, "invalid_request_error"),
    ("hold", 400, openai.BadRequestError, "invalid_request_error"),
    ("spend-cap", 429, openai.RateLimitError, "rate_limit_error"),
]


@pytest.fixture
def sdk(service):
    address = f"{service.api_url}/openai/v1"
    with openai.OpenAI(base_url=address, api_key="any", max_retries=0) as client:
        yield client
    service.client.post("/v1/lanes/resume").raise_for_status()


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("script", "status", "expected", "error_type"), [*REQUEST, *PASSING, *ACCOUNT])
def test_an_error_of_claudes_is_the_class_of_its_status(sdk, script, status, expected, error_type, streams):
    with pytest.raises(expected) as caught:
        sdk.chat.completions.create(
            model="claude-haiku-5-5",
            messages=[{"role": "user", "content": f"[[{script}]]"}],
            stream=streams,
            extra_headers=AT_ONCE,
        )
    error = caught.value
    assert (type(error), error.status_code, error.type) == (expected, status, error_type)
    assert error.request_id
    assert error.response.headers["x-should-retry"] == "false"
