"""How a run is shown while it goes on: bars, time left, status."""
