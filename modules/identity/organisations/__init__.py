"""Organisations: who belongs to them, who vouches for them, and who speaks for them."""
