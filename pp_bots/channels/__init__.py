"""The channels: each renders screens its own way and knows nothing about gyms."""
