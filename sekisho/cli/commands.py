"""The commands: which there are, the module of each, and what the help says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """One command. module: of this package, imported only when the command is asked for, which saves seconds."""

    module: str
    help: str


COMMANDS: Final = {
    "init": Command("init", "調査フォルダを作成する / write a new engagement folder"),
    "intake": Command("intake", "資料を読み込み検査する / read and check the documents"),
    "survey": Command("survey", "同意の範囲内で調査する / survey within the consent"),
    "ingest": Command(
        "ingest",
        "他ツールの結果（nmap XML）と機器の設定ファイルを取り込む / take in nmap XML and configurations",
    ),
    "assess": Command("assess", "調査結果を判定し report.json を作成 / judge a run into report.json"),
    "report": Command("assess", "報告書を作成（report.json・Excel・HTML）/ write the reports"),
    "replay": Command("replay", "証跡から報告書一式を再現し照合する / reproduce the reports from their evidence"),
    "ledger": Command("ledger", "送信記録を照会する（「10:42 のは我々か」）/ what was sent, when, to whom"),
    "doctor": Command("doctor", "この端末で何が見えるかを確認 / prove what this machine can see"),
}
"""In the order of the help."""
