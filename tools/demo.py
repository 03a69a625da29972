"""`make demo`: the sample hospital is put up, surveyed, reported and taken down; prints what was found and where."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from tools.proving.lab import OK, sekisho

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "out"
SCENARIO: Final = "sample-hospital"


def run(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one sekisho command; its progress goes to our standard error."""
    return sekisho(*arguments, codes=OK if check else None, shown=True)


def step(number: int, text: str) -> None:
    """Say what happens now."""
    print(f"[{number}/5] {text}", flush=True)


def main() -> int:
    """Run the demo; 0 when everything worked and the truth was met."""
    with tempfile.TemporaryDirectory(prefix="sekisho-demo-") as temporary:
        work = Path(temporary) / "lab"
        step(1, "サンプル病院を起動しています(ループバックのみ、外部への通信なし)")
        up = json.loads(run("lab", "up", SCENARIO, "--dir", work, "--json").stdout)
        folder = Path(up["engagement"])
        try:
            step(2, "同意の範囲内で調査しています")
            survey = run("survey", folder, "--close", check=False)
            step(3, "判定して報告書を作成しています")
            report = json.loads(run("report", folder, "--json").stdout)
            score = run("lab", "score", work, check=False)
        finally:
            step(4, "サンプル病院を停止しています")
            run("lab", "down", work)
        step(5, "結果")
        _keep(folder)
        _tell(report, score.stdout)
        return survey.returncode or score.returncode


def _keep(folder: Path) -> None:
    """Copy the reports (and the evidence they link to) out of the temporary folder."""
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(folder / "out", OUT, ignore=shutil.ignore_patterns("runs"))
    if (folder / "evidence").is_dir():
        shutil.copytree(folder / "evidence", OUT / "evidence")


def _tell(report: dict[str, Any], score: str) -> None:
    """Print figures and places."""
    print(
        f"  外部接続点 {report['points']} 件(うち台帳・回線一覧にないもの {report['undeclared']} 件)、"
        f"機器 {report['assets']} 台、サービス {report['services']} 件"
    )
    print(
        f"  不適合 {report['failed']} 件、判定不能 {report['unknown']} 件、"
        f"「はい」の回答と証跡との矛盾 {report['conflicts']} 件"
    )
    print("  正解との照合:")
    for line in score.splitlines():
        print(f"    {line}")
    print("  報告書:")
    for path in sorted(OUT.glob("*.*")):
        print(f"    {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
