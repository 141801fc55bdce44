"""Webhooks: events told to an address of the caller's, by the Standard Webhooks specification."""
