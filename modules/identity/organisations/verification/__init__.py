"""How an organisation comes to be vouched for by its municipality."""
