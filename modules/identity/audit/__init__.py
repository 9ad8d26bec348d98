"""The audit as it is read: the public part by everybody, the whole by who administers."""
