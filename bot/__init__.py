"""The conversation, whatever the channel."""
