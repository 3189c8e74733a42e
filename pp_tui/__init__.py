"""The terminal screen: Textual widgets over a client; all input and output goes through operations."""
