"""A virtual machine in Python, by somebody who knows nothing of this project. `toy` is a namespace package."""

# mypy: ignore-errors

INT, FLOAT, TEXT, NOTHING = "int", "float", "text", "nothing"
TYPES = {int: INT, float: FLOAT, bytes: TEXT, type(None): NOTHING}


class InvokeError(Exception):
    """A call that is refused; `index` is the argument that is wrong, None if it is none of them."""

    def __init__(self, text, index=None):
        super().__init__(text)
        self.index = index


class Function:
    """A body with the types of its parameters and of its results."""

    def __init__(self, parameters, results, body):
        self.parameters = parameters
        self.results = results
        self.body = body


def invoke(function, arguments):
    """Calls a function with a list of values; gives the list of its results."""
    if len(arguments) != len(function.parameters):
        raise InvokeError(f"{len(function.parameters)} arguments are expected, not {len(arguments)}")
    converted = []
    for index, (wanted, argument) in enumerate(zip(function.parameters, arguments, strict=True)):
        given = TYPES[type(argument)]
        if given == INT and wanted == FLOAT:
            argument = float(argument)
        elif given != wanted:
            raise InvokeError(f"{wanted} is expected, not {given}", index)
        converted.append(argument)
    results = list(function.body(converted))
    if len(results) != len(function.results):
        raise InvokeError(f"{len(function.results)} results are expected, not {len(results)}")
    return results
