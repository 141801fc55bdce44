"""Hand a batch to a running service (`promptmill up`), wait for it, and read the results."""

from promptmill.client import Client

CAPITALS = ("France", "Japan", "Kenya", "Peru")

with Client() as client:  # PROMPTMILL_URL, or http://127.0.0.1:8000
    batch = client.submit(
        {
            "custom_id": country,
            "request": {
                "model": "claude-haiku-5-5",
                "max_tokens": 1024,
                "messages": [{"role": "user", "content": f"What is the capital of {country}?"}],
            },
        }
        for country in CAPITALS
    )
    batch = client.wait(batch.id)
    for result in client.results(batch.id):
        print(result.custom_id, result.state, result.text)
    print(f"{batch.usage.tokens} tokens, ${batch.usage.cost:.4f}")
