"""The learner: what they did, and what it shows."""
