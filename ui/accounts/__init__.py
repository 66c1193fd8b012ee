"""Who may use the page: users, their passwords, and logins."""
