ROUTES = {
    "/v1/jobs": {"get", "post"},
    "/v1/jobs/{job_id}": {"get"},
    "/v1/jobs/{job_id}/cancel": {"post"},
    "/v1/jobs/{job_id}/events": {"get"},
    "/v1/jobs/{job_id}/retry": {"post"},
    "/v1/batches": {"get"},
    "/v1/batches/{batch_id}": {"get", "patch", "delete"},
    "/v1/batches/{batch_id}/events": {"get"},
    "/v1/batches/{batch_id}/results": {"get"},
    "/v1/batches/{batch_id}/cancel": {"post"},
    "/v1/batches/{batch_id}/retry": {"post"},
    "/v1/spending": {"get"},
    "/v1/lanes": {"get"},
    "/v1/lanes/resume": {"post"},
    "/v1/lanes/{name}/resume": {"post"},
    "/v1/messages": {"post"},
    "/v1/messages/count_tokens": {"post"},
    "/v1/complete": {"post"},
    "/v1/models": {"get"},
    "/v1/models/{model_id}": {"get"},
    "/v1/messages/batches": {"get", "post"},
    "/v1/messages/batches/{batch_id}": {"get", "delete"},
    "/v1/messages/batches/{batch_id}/results": {"get"},
    "/v1/messages/batches/{batch_id}/cancel": {"post"},
    "/openai/v1/chat/completions": {"post"},
    "/openai/v1/files": {"get", "post"},
    "/openai/v1/files/{file_id}": {"get", "delete"},
    "/openai/v1/files/{file_id}/content": {"get"},
    "/openai/v1/batches": {"get", "post"},
    "/openai/v1/batches/{batch_id}": {"get"},
    "/openai/v1/batches/{batch_id}/cancel": {"post"},
    "/openai/v1/models": {"get"},
    "/openai/v1/models/{model_id}": {"get"},
    "/v1/webhooks/deliveries": {"get"},
    "/v1/webhooks/deliveries/{delivery_id}": {"get"},
    "/v1/webhooks/deliveries/{delivery_id}/resend": {"post"},
    "/v1/evaluations": {"get"},
    "/v1/evaluations/runs": {"get", "post"},
    "/v1/evaluations/runs/{run_id}": {"get"},
    "/v1/evaluations/runs/{run_id}/cancel": {"post"},
    "/v1/evaluations/runs/{run_id}/comparison": {"get"},
    "/v1/evaluations/runs/{run_id}/results": {"get"},
    "/v1/schedules": {"get", "post"},
    "/v1/schedules/{name}": {"get", "delete"},
    "/v1/schedules/{name}/pause": {"post"},
    "/v1/schedules/{name}/resume": {"post"},
    "/v1/schedules/{name}/runs": {"get"},
    "/v1/schedules/{name}/trigger": {"post"},
    "/openai/v1/evals": {"get", "post"},
    "/openai/v1/evals/{eval_id}": {"get", "post", "delete"},
    "/openai/v1/evals/{eval_id}/runs": {"get", "post"},
    "/openai/v1/evals/{eval_id}/runs/{run_id}": {"get", "delete"},
    "/openai/v1/evals/{eval_id}/runs/{run_id}/cancel": {"post"},
    "/openai/v1/evals/{eval_id}/runs/{run_id}/output_items": {"get"},
    "/openai/v1/evals/{eval_id}/runs/{run_id}/output_items/{item_id}": {"get"},
    "/metrics": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


def test_the_schema_lists_every_route_and_nothing_else(refusing):
    paths = refusing.get("/schema").json()["paths"]
    assert {path: set(operations) for path, operations in paths.items()} == ROUTES
    assert refusing.get("/schema/openapi.json").status_code == 200


def test_nothing_that_is_handed_down_inside_shows_as_a_parameter(refusing):
    paths = refusing.get("/schema").json()["paths"]
    parameters = paths["/v1/jobs"]["get"]["parameters"]
    names = {parameter["name"] for parameter in parameters}
    assert names == {"state", "batch_id", "model", "limit", "cursor"}


def test_bodies_and_errors_are_described_in_their_dialects_shape(refusing):
    document = refusing.get("/schema").json()
    submit = document["paths"]["/v1/jobs"]["post"]
    assert set(submit["requestBody"]["content"]) == {"application/json", "application/x-ndjson"}
    create = document["paths"]["/v1/messages/batches"]["post"]
    shapes = [
        operation["responses"]["400"]["content"]["application/json"]["schema"]["$ref"]
        for operation in (submit, create)
    ]
    properties = [
        document["components"]["schemas"][shape.rpartition("/")[2]]["properties"] for shape in shapes
    ]
    assert [set(shape) for shape in properties] == [{"error"}, {"type", "error", "request_id"}]
