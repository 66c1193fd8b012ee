"""The chat model providers that `agent.llm` chooses among; nothing else imports from here."""
