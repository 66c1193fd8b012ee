"""The agent's tools: each answers with text for the model and with plain values for doors and checks."""
