"""The one look of every chart: what each room here holds is found at ``theme`` itself, as in ``theme.wrap_text``."""

from analysis.figures.caption import Caption
from analysis.figures.theme.axes import *
from analysis.figures.theme.fitting import *
from analysis.figures.theme.fonts import *
from analysis.figures.theme.frame import *
from analysis.figures.theme.look import *
from analysis.figures.theme.marks import *
from analysis.figures.theme.saving import *
from analysis.figures.theme.sheet import *
from analysis.figures.theme.tables import *
from analysis.figures.theme.words import *
