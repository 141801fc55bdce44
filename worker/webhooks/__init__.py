"""Sending webhooks: where one may go, how it is sent, when it is tried again."""
