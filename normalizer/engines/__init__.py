"""A step in other people's pipelines: Scrapy, datatrove, Ray Data, pandas and polars, plain Python.

All adapters are thin: they hand records to one `Repairer`, which says how records are repaired, and put back what comes
out. So the same records give the same result in each of them. `normalizer.engines.scrapy`, `.datatrove`, `.ray` and
`.frames` hold the adapters; each needs an extra of the same name and is imported by nobody else. Plain Python needs
none:

    >>> from normalizer.engines import Repairer
    >>> records = [{"id": 1, "text": "The ministers will meet again on Friday."}, {"id": 2, "text": None}]
    >>> list(Repairer().repair_many(records)) == records
    True
"""

from normalizer.engines.repairer import Outcome, Repairer, RepairOptions

__all__ = ["Outcome", "RepairOptions", "Repairer"]
