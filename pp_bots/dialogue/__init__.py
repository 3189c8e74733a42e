"""One conversation for every text door: what a person says is understood here, and answered with a screen.

`screen` and `flow` are what flows are made of, `router` reads free text, `engine` takes one turn, `conversation` joins it to
the core. Flows live in `pp_bots.flows`, renderings in `pp_bots.channels`.
"""
