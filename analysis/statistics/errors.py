"""What arrays cannot carry, as codes and numbers: whoever asks words it for its reader."""


class NotComputableError(ValueError):
    """The arrays are sound, but too little to compute from.

    Attributes
    ----------
    code
        What is lacking: ``few_clusters``, ``one_place``, ``one_group_in_one_place``, ``one_unit`` or ``few_cells``.
    numbers
        What was counted and what is needed, by name.
    """

    def __init__(self, message: str, *, code: str, **numbers: int) -> None:
        super().__init__(message)
        self.code = code
        self.numbers = numbers
