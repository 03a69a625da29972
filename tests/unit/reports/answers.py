"""Checklist answers of the sample hospital."""

from __future__ import annotations

from sekisho.model.report import VerifiabilityPart
from tests.unit.reports.parts import answer, text

_NONE = VerifiabilityPart(level="none", why=text("任命は書面で示すもので、機器からは分かりません。", "Paper only."))

ANSWERS = (
    answer(
        "1-1",
        "1-①",
        "安全管理責任者の設置",
        "hearing_required",
        verifiability=_NONE,
        hearing="yes",
        hearing_origin="documents/answers/mhlw-hospital-r7.csv [2行]",
        reason=text("書面による確認が必要です。"),
    ),
    answer(
        "2-1",
        "2-①",
        "サーバ・端末PC・ネットワーク機器の台帳管理",
        "contradicted",
        hearing="yes",
        conflict=True,
        hearing_origin="documents/answers/mhlw-hospital-r7.csv [3行]",
        reason=text("台帳にない機器1台、記載の食い違い1件の証跡があります。"),
        findings=("register.device-is-listed@host:192.0.2.4", "register.cells-agree@host:192.0.2.6"),
    ),
    answer(
        "2-2",
        "2-②",
        "リモート保守を行う機器の有無の事業者への確認",
        "contradicted",
        hearing="yes",
        conflict=True,
        reason=text("回線一覧に書かれていない保守経路の証跡があります。"),
        findings=("maintenance.remote-access-is-listed@host:192.0.2.3",),
    ),
    answer(
        "2-5",
        "2-⑤",
        "退職者・不要アカウントの削除または無効化",
        "undetermined",
        reason=text("確かめる証跡がありません。"),
    ),
    answer(
        "2-6",
        "2-⑥",
        "セキュリティパッチ・ファームウェアの適用",
        "contradicted",
        hearing="no",
        target_date="2027-03-31",
        reason=text("悪用が確認された脆弱性の範囲に入る機器があります。"),
        findings=("firmware.not-exploited@host:192.0.2.2", "tls.min-version@service:192.0.2.10/tcp/443"),
    ),
    answer(
        "2-12s",
        "2-⑫",
        "不要なソフトウェア・サービスの停止（サーバ）",
        "supported",
        subject="server",
        hearing="yes",
        reason=text("調べた範囲に、不要なサービスの証跡はありません。"),
        findings=("tls.min-version@service:192.0.2.10/tcp/443",),
    ),
    answer(
        "2-12p",
        "2-⑫",
        "不要なソフトウェア・サービスの停止（端末PC）",
        "not_applicable",
        subject="pc",
        hearing="not_applicable",
        reason=text("対象となる端末がありません。"),
        waiver="W-1",
    ),
    answer(
        "2-13",
        "2-⑬",
        "接続元制限",
        "contradicted",
        hearing="yes",
        conflict=True,
        reason=text("許可の記載がない場所から管理用サービスに到達しました。"),
        findings=(
            "management.source-is-restricted@service:192.0.2.3/tcp/23",
            "management.source-is-restricted@service:192.0.2.1/tcp/22",
        ),
    ),
)
