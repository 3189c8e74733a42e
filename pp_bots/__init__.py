"""The text doors: SMS, USSD and Telegram, and their simulators."""
