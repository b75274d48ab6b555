"""The peer of the queue: the same list as Django's own administration shows it."""
