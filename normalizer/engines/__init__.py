"""A step in other people's pipelines: Scrapy, datatrove, Ray Data, pandas and polars, plain Python.

All adapters are thin: they pass records to a `Repairer`, which holds how records are repaired, and put its results
back. So the same records give the same result in each of them. The adapters are `normalizer.engines.scrapy`,
`.datatrove`, `.ray` and `.frames`; each needs the library that it adapts to, and is imported only by its users. Plain
Python needs no adapter:

    >>> from normalizer.engines import Repairer
    >>> records = [{"id": 1, "text": "The ministers will meet again on Friday."}, {"id": 2, "text": None}]
    >>> list(Repairer().repair_many(records)) == records
    True
"""

from normalizer.engines.repairer import Outcome, Repairer, RepairOptions

__all__ = ["Outcome", "RepairOptions", "Repairer"]
