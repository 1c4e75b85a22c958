"""This computer: threads, devices, memory, processes, limits of a task, the user's cache folder."""
