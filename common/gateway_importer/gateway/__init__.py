"""The Gateway's API: the token, the payloads, the routes. Nothing else in the program speaks to the Gateway."""
