"""Webhooks that come in: received, proven, kept, sent on."""
