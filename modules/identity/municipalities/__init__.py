"""Municipalities that take part: their settings, and who works for them."""
