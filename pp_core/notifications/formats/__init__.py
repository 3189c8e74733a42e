"""Parsers of what the message gateways post to us; pure."""
