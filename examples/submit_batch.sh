#!/bin/sh
# Hand two jobs to a running service (`promptmill up`), wait for the batch, and fetch its results.
set -eu
url="${PROMPTMILL_URL:-http://127.0.0.1:8000}"

batch_id=$(
    curl --silent --show-error --fail-with-body "$url/v1/jobs" \
        --header 'content-type: application/x-ndjson' \
        --header 'idempotency-key: examples-submit-batch-1' \
        --data-binary @- <<'JOBS' | sed 's/.*"id":"\(batch_[a-z0-9]*\)".*/\1/'
{"custom_id": "sum", "request": {"model": "claude-haiku-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "What is 17 + 25?"}]}}
{"custom_id": "product", "request": {"model": "claude-haiku-5-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "What is 6 * 7?"}]}}
JOBS
)
echo "submitted $batch_id" >&2

until curl --silent --fail "$url/v1/batches/$batch_id" | grep -q '"state":"ended"'; do sleep 0.2; done
curl --silent --fail "$url/v1/batches/$batch_id/results"
