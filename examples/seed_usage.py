"""Ask Claude in OpenAI's format; without PROMPTMILL_URL this goes straight to the Claude API."""

import os

from promptmill import completion

# Replace with your Anthropic key, or set it in the environment.
os.environ.setdefault("ANTHROPIC_API_KEY", "your-api-key")

messages = [{"role": "user", "content": "Hey! how's it going?"}]
response = completion(model="claude-instant-1", messages=messages)
print(response)
