"""What docs/guide.md does in Python, on the runs that the guide makes, prints what the page shows."""

import contextlib
import io
import os
import re
import subprocess

import runs

GUIDE = (runs.ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```\n(?:\n*```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def test_python_of_the_guide_prints_what_the_page_shows(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dpac").symlink_to(runs.PROGRAM)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    printed = []
    for language, code, shown in BLOCK.findall(GUIDE):
        if language == "sh":
            subprocess.run(["sh", "-c", code], capture_output=True, check=False)
            continue
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(code, {})
        assert said.getvalue() == shown
        printed.append(said.getvalue())
    assert len(printed) == 1 and printed[0]
