"""Tables as they lie on disk: which format, which encoding, which columns.

`recognising` finds who reads a file: `delimited`, `records` (JSON), `parquet` or `workbook`; `frame` reads a DataFrame.
Each gives what `table` describes; `headers` finds the columns' names, `copies` keeps a file from changing meanwhile.
"""

from analysis.incidents.files.copies import FileState
from analysis.incidents.files.frame import FRAME_NAME, open_frame, write_frame
from analysis.incidents.files.recognising import open_table
from analysis.incidents.files.table import MISSING, MOST_EXACT, Layout, RawTable, TableFile

__all__ = [
    "FRAME_NAME",
    "MISSING",
    "MOST_EXACT",
    "FileState",
    "Layout",
    "RawTable",
    "TableFile",
    "open_frame",
    "open_table",
    "write_frame",
]
