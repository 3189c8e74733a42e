"""The HTTP door: REST, RPC and webhooks."""
