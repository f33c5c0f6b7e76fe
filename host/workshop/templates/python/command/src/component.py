"""The slash command `{{namespace}}:{{name}}`: `/{{name}} words` says the words backwards."""

from backwards import backwards
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.commander import (
    Beginning,
    Candidate,
    Kind_Rest,
    Need,
    Onward_Same,
    Order,
    Outcome,
    Parameter,
    Usage,
)
from wit_world.imports.types import Error_Invalid


class Commander(exports.Commander):
    def describe(self) -> list[Usage]:
        words = Parameter(name="words", summary="What to say.", kind=Kind_Rest(), need=Need.REQUIRED)
        return [Usage(name="{{name}}", summary="Say words in the opposite order.", parameters=[words])]

    def complete(self, beginning: Beginning) -> list[Candidate]:
        # Nobody can say which words somebody else means.
        return []

    def run(self, order: Order) -> Outcome:
        words = next((argument.value for argument in order.arguments if argument.name == "words"), "")
        try:
            return Outcome(text=backwards(words), onward=Onward_Same())
        except ValueError as error:
            # What is raised as `Err` is the error of the `result` in WIT.
            raise Err(Error_Invalid(str(error)))
