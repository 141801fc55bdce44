"""Anthropic's dialect: the Message Batches endpoints, as the official SDKs speak to them."""
