"""The agent `{{namespace}}:{{name}}`: one event in, one reply out, in a fresh instance each time. What it knows is in its memory."""

from answer import answer, excerpt
from wit_world import exports
from wit_world.exports.handler import Citation, Event, Occasion_Message, Reply
from wit_world.imports import memory
from wit_world.imports.types import Labels


class Handler(exports.Handler):
    def handle(self, event: Event) -> Reply:
        # Timers and what else may happen: there is nobody to answer.
        if not isinstance(event.occasion, Occasion_Message):
            return Reply(text="", used=[], learned=[])
        message = event.occasion.value
        known = memory.recall(
            memory.Query(
                text=message.text,
                kinds=[],
                tags=[],
                conversation=None,
                since=None,
                until=None,
                without=Labels(0),
                tokens=None,
                around=0,
                limit=3,
            )
        )
        learned = memory.remember(
            memory.Draft(
                kind=memory.Kind.EPISODE,
                text=message.text,
                tags=[],
                conversation=message.conversation,
                steps=[],
            )
        )
        entries = [hit.entry for hit in known]
        return Reply(
            text=answer([entry.text for entry in entries]),
            used=[Citation(id=entry.id, excerpt=excerpt(entry.text), written=entry.written) for entry in entries],
            learned=[learned],
        )
