"""Verification: how well it is known that a person lives in a municipality. README.md tells how to add a handler."""
