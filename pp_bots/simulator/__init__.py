"""Servers that speak the gateways' protocols, so that a gym can be tried with no telco."""
