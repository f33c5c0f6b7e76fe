"""The scanner `{{namespace}}:{{name}}`: it looks at each package before it may run. What it reads is hostile until shown not to be."""

from large import large
from wit_world import exports
from wit_world.exports.inspector import Finding, Severity
from wit_world.imports import subject


class Inspector(exports.Inspector):
    def inspect(self) -> list[Finding]:
        it = subject.profile(subject.Version.CANDIDATE)
        # Nothing is under inspection: there is nothing to say.
        title = large(it.size) if it else None
        if title is None:
            return []
        return [
            Finding(
                id="{{name}}/large",
                severity=Severity.INFO,
                title=title,
                message="A large component takes long to compile, and more of it has to be trusted.",
                evidence=[],
                remedy="Build it without what it does not need.",
            )
        ]
