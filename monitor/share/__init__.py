"""A bundle to hand out: one disconnect, or a week, without what names its user. Nothing is sent."""
