"""Questions with known answers, metrics, and the gate."""
