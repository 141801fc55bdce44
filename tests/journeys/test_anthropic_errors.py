"""Every documented error of Claude's API arrives at a caller as the SDK's class for it.

Source: Anthropic's error reference, and `_error_classes.py` of the SDK.
"""

import anthropic
import pytest
from anthropic.types.shared import EnforcedSpendLimitReachedError, OrganizationOnHoldError

pytestmark = pytest.mark.journey

AT_ONCE = {"promptmill-max-failures": "1", "promptmill-max-time-s": "0.001"}
REQUEST = [
    ("400", anthropic.BadRequestError, "invalid_request_error"),
    ("404", anthropic.NotFoundError, "not_found_error"),
    ("412 type=invalid_request_error", anthropic.PreconditionFailedError, "invalid_request_error"),
    ("413 type=request_too_large", anthropic.ContentTooLargeError, "request_too_large"),
    ("422 type=invalid_request_error", anthropic.UnprocessableEntityError, "invalid_request_error"),
]
PASSING = [
    ("408 type=timeout_error", anthropic.RequestTimeoutError, "timeout_error"),
    ("409 type=conflict_error", anthropic.ConflictError, "conflict_error"),
    ("429 retry-after=1", anthropic.RateLimitError, "rate_limit_error"),
    ("500", anthropic.InternalServerError, "api_error"),
    ("503", anthropic.ServiceUnavailableError, "api_error"),
    ("504 type=timeout_error", anthropic.GatewayTimeoutError, "timeout_error"),
    ("529", anthropic.OverloadedError, "overloaded_error"),
    ("html 502", anthropic.InternalServerError, "api_error"),
    ("reset", anthropic.InternalServerError, "api_error"),
    ("not-json", anthropic.InternalServerError, "api_error"),
]
ACCOUNT = [
    ("401", anthropic.AuthenticationError, "authentication_error"),
    ("402", anthropic.PaymentRequiredError, "billing_error"),
    ("403", anthropic.PermissionDeniedError, "permission_error"),
    ("credit", anthropic.BadRequestError, "invalid_request_error"),
    ("usage-limit", anthropic.BadRequestError, "invalid_request_error"),
    ("hold", OrganizationOnHoldError, "invalid_request_error"),
    ("spend-cap", EnforcedSpendLimitReachedError, "rate_limit_error"),
]


@pytest.fixture
def sdk(service):
    with anthropic.Anthropic(base_url=service.api_url, api_key="any", max_retries=0) as client:
        yield client
    service.client.post("/v1/lanes/resume").raise_for_status()


def asked(script, **fields):
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": f"[[{script}]]"}],
        "extra_headers": AT_ONCE,
        **fields,
    }


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("script", "expected", "error_type"), [*REQUEST, *PASSING, *ACCOUNT])
def test_an_error_is_the_class_that_it_would_be_from_claudes_own_api(
    sdk, script, expected, error_type, streams
):
    with pytest.raises(expected) as caught:
        sdk.messages.create(**asked(script), stream=streams)
    error = caught.value
    assert type(error) is expected
    assert error.type == error_type
    assert error.request_id == error.body["request_id"] == error.response.headers["request-id"]
    assert error.response.headers["x-should-retry"] == "false"
