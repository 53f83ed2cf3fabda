"""Text from outside: made inert, cleaned of secrets, and log lines as they travel."""
