"""Quiz items made from passages: with rules, or drafted by a model; none is shown before it is verified."""
