"""Commands of the server: serve, tokens, audit."""
