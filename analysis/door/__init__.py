"""The door for who works in Python: a study that answers its questions by name, ``study.frequency.rate_ratio``.

What stands here only gives names to what the rooms compute; it computes nothing itself.
"""

from analysis.door.question import Question, question_class, short_names
from analysis.door.study import Study, explore, open_study
from analysis.door.value import Value

__all__ = ["Question", "Study", "Value", "explore", "open_study", "question_class", "short_names"]
