"""The channel `{{namespace}}:{{name}}`: it carries messages out to people.

This one tells whoever watches; speak to a network in its place.
"""

from componentize_py_types import Err
from line import line
from wit_world import exports
from wit_world.exports.carrier import Parcel
from wit_world.imports import emit
from wit_world.imports.types import Error_Invalid


class Carrier(exports.Carrier):
    def deliver(self, parcel: Parcel) -> None:
        try:
            words = line(parcel.conversation, parcel.text)
        except ValueError as error:
            # What is raised as `Err` is the error of the `result` in WIT.
            raise Err(Error_Invalid(str(error)))
        emit.emit(emit.Event_Status(words))
