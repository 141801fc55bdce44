"""OpenAI's chat format: its requests in, its completions and chunks out."""
