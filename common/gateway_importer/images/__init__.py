"""The ways by which a picture reaches the Gateway."""
