"""The workers of channels: notifications, alert sync and check-ins."""
