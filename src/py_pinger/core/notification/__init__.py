"""Routing, messages, outbox policy, throttling, alerts and check-ins: rules."""
