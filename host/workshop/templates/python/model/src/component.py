"""The model adapter `{{namespace}}:{{name}}`. This one says back what it was told; call a model's server in its place."""

from answer import answer
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.chat import Part_Text, Reply, Request, Role, Stop_Finished, Usage
from wit_world.imports.types import Error_Invalid


class Chat(exports.Chat):
    def complete(self, request: Request) -> Reply:
        said = [
            part.value
            for message in request.messages
            if message.role == Role.USER
            for part in message.parts
            if isinstance(part, Part_Text)
        ]
        try:
            text = answer(said)
        except ValueError as error:
            # What is raised as `Err` is the error of the `result` in WIT.
            raise Err(Error_Invalid(str(error)))
        return Reply(
            text=text,
            calls=[],
            used=[],
            stop=Stop_Finished(),
            usage=Usage(input=0, cached=0, output=0),
            model="{{namespace}}:{{name}}",
        )
