def backwards(words: str) -> str:
    said = words.split()
    if not said:
        raise ValueError("there are no words; write some behind the command")
    return " ".join(reversed(said))
