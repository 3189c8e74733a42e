"""How tracks look at rest and in files of others.

What reads a file that somebody sent runs in a process of its own with the standard library alone: of these modules only
`columns`, `stream` and `writing` import more at their top.
"""
