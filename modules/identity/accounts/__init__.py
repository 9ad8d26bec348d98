"""Accounts: signing up, addresses and passwords, sessions, and what keeps guessers out."""
