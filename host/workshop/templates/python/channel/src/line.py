def line(conversation: str, text: str) -> str:
    """A message as the network gets it."""
    text = text.strip()
    if not text:
        raise ValueError("there is nothing to say; send some text")
    return f"to {conversation}: {text}"
