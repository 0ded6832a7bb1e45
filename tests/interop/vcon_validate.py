"""A second opinion on our vCons: PyPI's `vcon`. Prints, for every file named, what it objects to, as a JSON list.

Owns nothing; must never be required: it needs Python 3.12.
"""

import json
import logging
import sys

from vcon import Vcon

logging.disable(logging.CRITICAL)  # it logs to standard output

objections = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        valid, errors = Vcon.validate_json(file.read())
    if not valid or errors:
        objections.append({"file": path, "errors": [str(error) for error in errors]})
print(json.dumps(objections))
