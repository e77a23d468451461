"""The smallest real use of each extra: what `tests.tools.extras` runs in an environment that holds nothing else.

    python -I tests/tools/extra_uses.py EXTRA

In an empty folder; fails with what normalizer says where the extra is not installed. Needs nothing but normalizer, the
extra and the standard library.
"""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from normalizer.diagnosis import CLEAN, REPAIRED, SPUN

PAGE = f"<!DOCTYPE html><html><head><title>Talks</title></head><body><article><p>{SPUN}</p></article></body></html>\n"
ROWS = [{"id": "spun", "text": SPUN}, {"id": "clean", "text": CLEAN}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def html() -> None:
    """Repair the main text of a web page."""
    Path("page.html").write_text(PAGE, "utf-8")
    assert REPAIRED in normalizer("repair", "page.html")


def parquet() -> None:
    """Repair a scrape in a Parquet file, and read what came out."""
    write_parquet("scrape.parquet")
    normalizer("corpus", "scrape.parquet", "-o", "repaired.parquet")
    assert read_parquet("repaired.parquet") == [REPAIRED, CLEAN]


def warc() -> None:
    """Repair the pages of a web archive."""
    Path("pages.warc.gz").write_bytes(gzip.compress(archived()))
    normalizer("corpus", "pages.warc.gz", "-o", "repaired.warc.gz")
    assert REPAIRED.encode() in gzip.decompress(Path("repaired.warc.gz").read_bytes())


def zstd() -> None:
    """Repair a scrape packed by Zstandard."""
    Path("scrape.jsonl.zst").write_bytes(packed(LINES.encode()))
    normalizer("corpus", "scrape.jsonl.zst", "-o", "repaired.jsonl.zst")
    normalizer("corpus", "repaired.jsonl.zst", "-o", "again.jsonl")  # which reads what was written
    assert texts_of(Path("again.jsonl").read_text("utf-8")) == [REPAIRED, CLEAN]


def corpus() -> None:
    """Repair a folder with files of all kinds."""
    Path("scrape").mkdir()
    os.chdir("scrape")
    write_parquet("rows.parquet")
    Path("page.html").write_text(PAGE, "utf-8")
    Path("pages.warc.gz").write_bytes(gzip.compress(archived()))
    Path("packed.jsonl.zst").write_bytes(packed(LINES.encode()))
    os.chdir("..")
    normalizer("corpus", "scrape", "-o", "repaired")
    assert {path.name for path in Path("scrape").iterdir()} <= {path.name for path in Path("repaired").iterdir()}
    assert read_parquet("repaired/rows.parquet") == [REPAIRED, CLEAN]
    assert REPAIRED.encode() in gzip.decompress(Path("repaired/pages.warc.gz").read_bytes())


def scrapy() -> None:
    """Scrape a page from a local server, with the item pipeline in the settings of the spider."""
    import normalizer.engines.scrapy  # what Scrapy does, which is not asked where it is not there

    assert normalizer.engines.scrapy.NormalizerPipeline
    Path("site").mkdir()
    Path("site/index.html").write_text(PAGE, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory="site"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Path("news.py").write_text(SPIDER.format(start=f"http://127.0.0.1:{server.server_port}/"), "utf-8")
    run(sys.executable, "-m", "scrapy", "runspider", "news.py", "-O", "news.jsonl")
    server.shutdown()
    assert texts_of(Path("news.jsonl").read_text("utf-8")) == [REPAIRED]


SPIDER = """
import scrapy


class News(scrapy.Spider):
    name, start_urls = "news", ["{start}"]
    custom_settings = {{"ITEM_PIPELINES": {{"normalizer.engines.scrapy.NormalizerPipeline": 300}}}}

    def parse(self, response):
        yield {{"url": response.url, "text": "\\n\\n".join(response.css("article p::text").getall())}}
"""


def datatrove() -> None:
    """Run a pipeline from JSON Lines to JSON Lines on the local executor."""
    from normalizer.engines.datatrove import NormalizerStep  # isort: skip - tells what lacks before datatrove is needed
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    Path("scrape").mkdir()
    Path("scrape/0.jsonl").write_text(LINES, "utf-8")
    steps = [JsonlReader("scrape/"), NormalizerStep(), JsonlWriter("repaired/", compression=None)]
    LocalPipelineExecutor(steps, tasks=1, logging_dir="logs/").run()
    [written] = Path("repaired").iterdir()
    assert texts_of(written.read_text("utf-8")) == [REPAIRED, CLEAN]


def ray() -> None:
    """Repair a dataset by actors on this machine."""
    from normalizer.engines.ray import repair_dataset  # isort: skip - tells what lacks before Ray is needed
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    found = repair_dataset(ray.data.from_items(ROWS), workers=1).take_all()
    ray.shutdown()
    assert sorted(row["text"] for row in found) == sorted([REPAIRED, CLEAN])


def pandas() -> None:
    """Repair a data frame."""
    from normalizer.engines.frames import repair_frame

    try:
        from pandas import DataFrame as frame_of
    except ImportError:
        frame_of = list  # the next best thing to a frame
    assert list(repair_frame(frame_of(ROWS), text="text")["text"]) == [REPAIRED, CLEAN]


def polars() -> None:
    """Repair a data frame, at once and lazily."""
    from normalizer.engines.frames import repair_frame

    try:
        from polars import DataFrame as frame_of
    except ImportError:
        frame_of = list
    assert list(repair_frame(frame_of(ROWS), text="text")["text"]) == [REPAIRED, CLEAN]
    assert list(repair_frame(frame_of(ROWS).lazy(), text="text").collect()["text"]) == [REPAIRED, CLEAN]


USES: dict[str, Callable[[], None]] = {
    use.__name__: use for use in (html, parquet, warc, zstd, corpus, scrapy, datatrove, ray, pandas, polars)
}


# --- what the uses share --------------------------------------------------------------------------------------


def normalizer(*arguments: str) -> str:
    """Return what the command prints, in this environment. Ends with what it complains of where it fails."""
    return run(sys.executable, "-m", "normalizer", *arguments)


def run(*command: str) -> str:
    """Return what *command* prints. Ends the program with what it complains of where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{' '.join(command[1:])}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def texts_of(lines: str) -> list[str]:
    """Return the texts of JSON Lines."""
    return [json.loads(line)["text"] for line in lines.splitlines()]


def write_parquet(name: str) -> None:
    """Write the rows as Parquet; without pyarrow what begins like it, which is as far as a reader comes then."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        Path(name).write_bytes(b"PAR1")
        return
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), name)


def read_parquet(name: str) -> list[str]:
    """Return the texts in a Parquet file."""
    import pyarrow.parquet

    found: list[str] = pyarrow.parquet.read_table(name)["text"].to_pylist()
    return found


def archived() -> bytes:
    """Return a web archive of one page."""
    body = PAGE.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
        "WARC-Date: 2026-03-02T12:00:00Z\r\nWARC-Target-URI: http://news.example/talks\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"


def packed(data: bytes) -> bytes:
    """Return *data* as a Zstandard frame of one block that is stored as it is: nothing is needed to write that."""
    assert 256 <= len(data) < 65536 + 256  # sizes that a field of two bytes holds
    single_segment, two_bytes, last = 1 << 5, 1 << 6, 1
    header = bytes([single_segment | two_bytes]) + (len(data) - 256).to_bytes(2, "little")
    return b"\x28\xb5\x2f\xfd" + header + (len(data) << 3 | last).to_bytes(3, "little") + data


if __name__ == "__main__":
    USES[sys.argv[1]]()
