"""One module a subject; each has `async def measure() -> list[Figure]`."""
