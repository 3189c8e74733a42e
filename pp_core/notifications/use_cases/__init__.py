"""What happens to texts and messages."""

from . import chats, costs, messages, opt_outs, texts, unread

__all__ = ["chats", "costs", "messages", "opt_outs", "texts", "unread"]
