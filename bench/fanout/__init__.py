"""Live updates to many: thousands of viewers of one debate, ours and peers."""
