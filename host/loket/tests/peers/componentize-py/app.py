"""A tool as somebody writes one who never heard of Loket: a component in Python, made by the tool that Python's people made for it."""

from collections import Counter

from wit_world import exports


class Acts(exports.Acts):
    def count(self, text: str) -> list[tuple[str, int]]:
        return sorted(Counter(text.lower().split()).items(), key=lambda pair: (-pair[1], pair[0]))
