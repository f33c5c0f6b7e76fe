def answer(known: list[str]) -> str:
    """Say what the recalled memories say. (Ask a model here: import `loket:model/chat`.)"""
    if not known:
        return "I will remember that."
    return "\n- ".join(["I remember:", *known])


def excerpt(text: str) -> str:
    """Cut to the 256 bytes that a citation may have."""
    return text.encode()[:256].decode(errors="ignore")
