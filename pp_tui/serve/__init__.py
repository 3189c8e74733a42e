"""Reception's screen in a browser, behind our own sign-in."""
