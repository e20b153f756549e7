"""Turns each workbook of a folder into an XForm with pyxform.

Argument: the folder. Out, on standard output: {"NAME": {"xform": text} or {"error": text}, …}.
"""

import json
import sys
from pathlib import Path

from pyxform.xls2xform import convert

answers = {}
for workbook in sorted(Path(sys.argv[1]).glob("*.xlsx")):
    try:
        answers[workbook.stem] = {"xform": convert(workbook, form_name="data").xform}
    except Exception as fault:  # whatever pyxform raises is its judgement of the form
        answers[workbook.stem] = {"error": f"{type(fault).__name__}: {fault}"}
json.dump(answers, sys.stdout)
