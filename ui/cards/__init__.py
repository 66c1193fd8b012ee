"""What a tool brought, shown in the chat: one file a kind of result."""
