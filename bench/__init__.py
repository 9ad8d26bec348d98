"""How fast the real server answers, on a real PostgreSQL. `python -m bench`; see README.md."""
