"""OpenAI's dialect: chat completions, files, batches and models, as the official SDKs speak to them."""
