"""The tool `{{namespace}}:{{name}}`. wit/greeting.wit says what it offers."""

from componentize_py_types import Err
from greet import greet
from wit_world import exports


class Greeting(exports.Greeting):
    def greet(self, name: str) -> str:
        try:
            return greet(name)
        except ValueError as error:
            # What is raised as `Err` is the error of the `result` in WIT.
            raise Err(str(error))
