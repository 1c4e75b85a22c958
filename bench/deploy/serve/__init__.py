"""A bundle as a server: a page, an API, tokens and an audit log. Not a medical device."""
