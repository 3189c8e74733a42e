"""Commands for the server's own machine: they reach the composition root, as the server doors do."""
