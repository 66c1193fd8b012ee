"""Quizzes and study modes of a conversation: what is asked, how a message is read, what is told."""
