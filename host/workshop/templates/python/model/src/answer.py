def answer(said: list[str]) -> str:
    """Say back what the user said last."""
    if not said:
        raise ValueError("no message of the user has words; send at least one")
    return f"You said: {said[-1]}"
