"""Running the product: the one-command server, health, housekeeping."""
