"""Two revisions of a tree beside each other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from voiceflow.bench.against import Against, checked_out, ratio, samples
from voiceflow.cli import main
from voiceflow.errors import VoiceflowError

PROGRAM = """
import json, sys
from pathlib import Path
turn = {{"response": {response}, "stages": {{"vad wait": 0.1}}, "interrupted": True, "wasted": None,
         "onset_to_silence": None, "cancel_to_ended": None, "tokens_wasted": 12}}
call = {{"turns": [turn] * 4, "cpu": 1.0, "seconds": 10.0, "workers_cpu": 0.0, "memory": 5e7}}
words = sys.argv[1:]
Path(words[words.index("--json") + 1]).write_text(json.dumps({{"calls": [call]}}))
{more}
"""


def _commit(tree: Path, response: float, more: str = "") -> None:
    package = tree / "voiceflow"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM.format(response=response, more=more))
    git = ["git", "-C", str(tree), "-c", "user.name=n", "-c", "user.email=e"]
    for words in (["init", "-q"], ["add", "voiceflow"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def test_both_are_run_in_turns_and_their_ratio_is_told(tmp_path: Path) -> None:
    """Each in its own tree; who comes first changes; what no ratio can be made of is left without."""
    _commit(tmp_path, 0.4)
    (tmp_path / "voiceflow" / "__main__.py").write_text(PROGRAM.format(response=0.2, more=""))
    against, told = Against("HEAD", ["-n", "1"], rounds=2, tree=tmp_path), list[str]()
    against.run(told.append)
    assert [line.partition(": ")[2] for line in told] == ["the working tree", "HEAD", "HEAD", "the working tree"]
    (table,) = against.sections()
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["response"] == ("8, 8", "400", "200", "0.50", "0.50", "0.50", "less")
    assert rows["vad wait"][-1] == "the same"
    assert rows["tokens wasted"][1:4] == ("12", "12", "1.00")
    assert rows["CPU per call-second, workers"][3:] == ("-", "-", "-", "")
    assert rows["memory (MB)"][3:] == ("1.00", "-", "-", "too few")
    assert json.loads(against.to_json())["now"]["response"] == [0.2] * 8


def test_what_fails_says_where_and_why(tmp_path: Path) -> None:
    """With the last line of what it wrote."""
    _commit(tmp_path, 0.4, more="raise SystemExit('no such graph')")
    with pytest.raises(VoiceflowError, match="`voiceflow bench agent:build` failed at the working tree: no such graph"):
        Against("HEAD", ["agent:build"], tree=tmp_path).run(lambda line: None)


def test_a_revision_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a folder nor an entry in the repository; and one that is not there is told."""
    _commit(tmp_path, 0.4)
    with checked_out(tmp_path, "HEAD") as folder:
        assert (folder / "voiceflow" / "__main__.py").exists()
    assert not folder.exists()
    assert not (tmp_path / ".git" / "worktrees").exists()
    with pytest.raises(VoiceflowError, match="has no revision 'nothing'"), checked_out(tmp_path, "nothing"):
        pass


def test_the_command_says_what_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown revision is an error of the user's."""
    assert main(["bench", "calls", "-n", "10", "--against", "no-such-revision", "--rounds", "1"]) == 1
    assert "2 times `voiceflow bench calls -n 10`" in capsys.readouterr().err


def test_many_calls_at_once_have_their_values_too() -> None:
    """By their number."""
    crowd = {"calls": 50, "cpu": 0.005, "memory": 3e5, "overhead": {"p50": 0.003}, "late": {"p95": 0.001}}
    found = samples({"calls": [crowd | {"cancelled": {"p50": None}}]})
    assert found["50 calls: overhead p50"] == [0.003]
    assert found["50 calls: memory a call (MB)"] == [0.3]
    assert "50 calls: cut to all ended p50" not in found


def test_starts_and_the_smallest_moves_have_values() -> None:
    """By their names."""
    start = {"took": 0.2, "cpu": 0.1, "memory": 5e7}
    found = samples({"starts": {"import": [start] * 2}, "microseconds": {"hop": {"ours": {"p50": 7.5}}}})
    assert found == {
        "hop (µs)": [7.5], "import": [0.2] * 2, "import: CPU": [0.1] * 2, "import: memory (MB)": [50.0] * 2,
    }  # fmt: skip


def test_a_ratio_is_as_sure_as_its_values_are_alike() -> None:
    """It lies within its bounds, which are wide when values are not alike."""
    alike = ratio([1.0, 1.01, 0.99, 1.0, 1.0], [0.5, 0.51, 0.5, 0.49, 0.5])
    apart = ratio([1.0, 4.0, 0.2, 2.0, 0.5], [0.5, 3.0, 0.1, 1.0, 0.7])
    assert alike[1] <= alike[0] == 0.5 <= alike[2] < 0.55
    assert apart[1] < 0.5 < 1 < apart[2]
    against = Against("HEAD", [])
    against.theirs["response"], against.ours["response"] = [1.0, 4.0, 0.2, 2.0, 0.5], [0.5, 3.0, 0.1, 1.0, 0.7]
    (table,) = against.sections()
    assert table.rows[0][-1] == "not known"
