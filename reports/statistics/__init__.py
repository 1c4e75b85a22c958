"""Statistics on plain arrays, one module per question. None knows how predictions came about."""
