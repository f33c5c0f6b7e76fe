# Above so many bytes a component is worth a remark.
LARGE = 1 << 20


def large(size: int) -> str | None:
    """The rule `{{name}}/large`: what there is to say of so many bytes."""
    return f"it has {size} bytes" if size > LARGE else None
