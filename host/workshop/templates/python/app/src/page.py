def page(path: str) -> tuple[int, str]:
    """The status and the text for a path."""
    if path in ("", "/"):
        return 200, "Hello from {{name}}!\n"
    return 404, f"there is nothing at {path}; begin at /\n"
