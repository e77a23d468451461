"""A block of datatrove: documents go through it as through its formatters, and spun ones come out repaired.

    steps = [JsonlReader("scrape/"), NormalizerStep(kept="kept/"), JsonlWriter("repaired/")]
    LocalPipelineExecutor(steps, tasks=8).run()

The block holds only how documents are repaired, so that executors can copy and pickle it quickly, to processes, Slurm
and Ray alike; tables are loaded once by each process that repairs. The note on a repair is an object. A writer of
tables, whose rows must have the same types, needs it as text: make it with `json.dumps` in the writer's adapter.
"""

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import Any, Unpack

from normalizer.corpus.records import FIELD
from normalizer.engines.missing import extra
from normalizer.engines.repairer import Repairer, RepairOptions

with extra("datatrove"):
    from datatrove.pipeline.base import PipelineStep


class NormalizerStep(PipelineStep):  # type: ignore[misc]  # datatrove ships no type information
    """Repairs documents: their text, with the note in the field `normalizer` of their metadata.

    Statistics: documents and their length as datatrove's own blocks count them, and how many were read, were spun, were
    repaired, had references and could not be read, with the number of edits.
    """

    name = "🧵 Normalizer"
    type = "✂️ - FORMAT"

    def __init__(self, **options: Unpack[RepairOptions]) -> None:
        """Make a block with these *options*, whose fields are those of the metadata; id is by default the document's.

        Raises InputError for options that do not go together.
        """
        super().__init__()
        self.repairer = Repairer.of(**options)

    def run(self, data: Iterable[Any] | None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Yield the documents of *data*, repaired; some hundred are held at a time.

        Raises LexiconError, ModelError, StoreError or CorpusError where tables, store or kept run cannot be read.
        """
        documents, copies = tee(data or ())
        for batch in self.repairer.batches(map(self._record, documents)):
            with self.track_time("batch"):
                outcomes = self.repairer.outcomes(batch)
            for outcome, document in zip(outcomes, copies, strict=False):  # behind the batch, others may come
                if outcome.content is not None:
                    document.text = outcome.content
                if outcome.note is not None:
                    document.metadata[FIELD] = outcome.note
                self.stat_update("total")
                for label, count in outcome.counts().items():
                    self.stat_update(label, value=count)
                self.update_doc_stats(document)
                yield document

    def _record(self, document: Any) -> dict[str, Any]:
        """Return a document as a record; its own text and id stand for those in the metadata."""
        return {**document.metadata, "id": document.id, self.repairer.fields.text: document.text}
