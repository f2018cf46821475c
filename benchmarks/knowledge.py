"""How fast a store of 10,000 passages is made and searched, and how often what is found answers the question.

    python benchmarks/knowledge.py
    python benchmarks/knowledge.py --passages 100000
    python benchmarks/knowledge.py --vectors            ten minutes and more, nearly all of them for the vectors
    python benchmarks/knowledge.py --vectors --drawn    half a minute: for times, not for recall
    python benchmarks/knowledge.py --kills 100          a minute: and a process that makes the store is killed so often

The documents are the pages of docs/, among passages of made-up words with the frequencies of a language. The questions
(knowledge_questions.tsv) were written for them, each with the page that answers it; recall is the share of questions
for which a passage of that page is among the first one or three. Times are taken over all questions, by the clock and,
for machines that do other things besides, of the processor. Killed is a process that has just written a document,
within the time that a few more take, and the next one goes on. `survived` are the times that the store could be
opened then, had no less than before, and each document whole; when it is complete, the next one is begun.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.knowledge import MiniLM, Store

HERE = Path(__file__).resolve().parent
FUNCTION_WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "it",
    "for",
    "on",
    "with",
    "at",
    "by",
    "that",
    "your",
    "you",
    "we",
]
SYLLABLES = [c + v for c in "bcdfglmnprst" for v in "aeiou"]


def filler(draw: random.Random, folder: Path, passages: int) -> None:
    """Files of a hundred passages each."""
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(8000)]
    frequencies = [1 / rank for rank in range(1, len(words) + 1)]
    for number in range(passages // 100):
        paragraphs: list[str] = []
        for _ in range(100):
            text = draw.choices(words, frequencies, k=60) + draw.choices(FUNCTION_WORDS, k=40)
            draw.shuffle(text)
            paragraphs.append(f"# Topic {draw.choice(words)}\n\n{' '.join(text)}.")
        (folder / f"{number}.md").write_text("\n\n".join(paragraphs))


def spread(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and the longest."""
    p95 = statistics.quantiles(times, n=20)[-1]
    return {"p50": round(statistics.median(times), 2), "p95": round(p95, 2), "max": round(max(times), 2)}


@attrs.frozen
class Drawn:
    """MiniLM's vectors of documents and questions, and others of what `filler` writes."""

    minilm: MiniLM = attrs.field(factory=MiniLM)
    draw: np.random.Generator = attrs.field(factory=lambda: np.random.default_rng(1))

    @property
    def name(self) -> str:
        return self.minilm.name

    def __call__(self, text: str) -> NDArray[np.float32]:
        if not text.startswith("Topic "):
            return self.minilm(text)
        drawn = self.draw.standard_normal(384, np.float32)
        return drawn / np.float32(np.linalg.norm(drawn))


ADD = """
import sys
from voiceflow.knowledge import Store
with Store.open(sys.argv[1], create=True) as store:
    store.add(sys.argv[2], report=lambda step: print(step.passages, flush=True))
"""


def killed(draw: random.Random, path: Path, folder: Path) -> bool:
    """Add a folder, and be killed soon after a document was written; False if it was complete before that."""
    with subprocess.Popen([sys.executable, "-c", ADD, path, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        written = any(line.strip() != "0" for line in process.stdout)
        time.sleep(draw.uniform(0, 0.05))
        process.kill()
    return written and process.returncode != 0


def is_whole(path: Path, folder: Path, before: int) -> bool:
    """Whether a store can be opened, has no less than before, and of each document all passages or none."""
    with Store.open(path) as store, closing(sqlite3.connect(path)) as inside:
        rows = "SELECT source, count(*) FROM documents JOIN passages ON document = documents.id GROUP BY source"
        counts = dict(inside.execute(rows).fetchall())
        inside.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        headings = {source: Path(source).read_text().count("# ") for source in counts}
        return counts == headings and len(store) >= before


def survived(kills: int, folder: Path) -> int:
    """How many of so many kills a store of a folder has survived, a new one being begun when it is complete."""
    draw, number, done, whole = random.Random(7), 0, 0, 0
    while done < kills:
        path, before = folder.parent / f"killed{number}.db", 0
        number += 1
        while done < kills and killed(draw, path, folder):
            done += 1
            whole += is_whole(path, folder, before)
            with Store.open(path) as store:
                before = len(store)
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000, metavar="N", help="made-up passages (default 10000)")
    parser.add_argument("--vectors", action="store_true", help="a store that finds by meaning, too")
    parser.add_argument("--drawn", action="store_true", help="made-up passages have vectors that are drawn, too")
    parser.add_argument(
        "--kills", type=int, default=0, metavar="N", help="kill a process that makes a store (by words)"
    )
    args = parser.parse_args()
    embedding = (Drawn() if args.drawn else MiniLM()) if args.vectors else None
    rows = [line.split("\t") for line in (HERE / "knowledge_questions.tsv").read_text().splitlines()]
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "store.db", create=True, embedding=embedding) as store,
    ):
        (Path(folder) / "filler").mkdir()
        filler(random.Random(1), Path(folder) / "filler", args.passages)
        begun = time.perf_counter()
        store.add(Path(folder) / "filler")
        store.add(HERE.parent / "docs")
        ingested = time.perf_counter() - begun
        store.search("the first one reads what was written, and loads the model")
        times: list[float] = []
        computed: list[float] = []
        ranks: list[int | None] = []
        for question, page in rows:
            begun, cpu = time.perf_counter(), time.process_time()
            hits = store.search(question, 3)
            times.append((time.perf_counter() - begun) * 1000)
            computed.append((time.process_time() - cpu) * 1000)
            sources = [Path(hit.passage.source).name for hit in hits]
            ranks.append(sources.index(page) if page in sources else None)
        kills = {"kills": args.kills, "survived": survived(args.kills, Path(folder) / "filler")} if args.kills else {}
        print(
            json.dumps(
                {
                    **kills,
                    "passages": len(store),
                    "ingest_s": round(ingested, 2),
                    "search_ms": spread(times),
                    "search_cpu_ms": spread(computed),
                    "questions": len(rows),
                    "recall_at_1": round(sum(rank == 0 for rank in ranks) / len(rows), 3),
                    "recall_at_3": round(sum(rank is not None for rank in ranks) / len(rows), 3),
                    "missed": [row[0] for row, rank in zip(rows, ranks, strict=True) if rank is None],
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
