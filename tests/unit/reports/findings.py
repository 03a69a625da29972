"""Findings of the sample hospital."""

from __future__ import annotations

from tests.unit.reports.parts import CHECKLIST, digest, finding, text

FINDINGS = (
    finding(
        "firmware.not-exploited", "host:192.0.2.2", "fail", topic="firmware.exploited", severity="critical",
        title=text("悪用が確認された脆弱性がない", "No vulnerability known to be exploited"),
        reason=text("FortiOS 6.0.7 は、悪用が確認された脆弱性の範囲に入ります（一覧の日付 2026-10-30）。",
                    "FortiOS 6.0.7 lies in the range of a known exploited vulnerability."),
        remediation=text("保守ベンダーに更新を依頼し、更新後に認証情報をすべて変更してください。", "Update, then change all credentials."),
        items=(f"{CHECKLIST}:2-6",), cves=("CVE-2018-13379",), evidence=(digest("tls-vpn"),),
    ),
    finding(
        "tls.min-version", "service:192.0.2.2/tcp/443", "fail", severity="high", evidence=(digest("tls-vpn"),),
        reason=text("SSL 3.0、TLS 1.0 を受け入れました。", "Accepted SSL 3.0 and TLS 1.0."),
    ),
    finding(
        "management.no-clear-text", "service:192.0.2.3/tcp/23", "fail", topic="management.clear_text", severity="high",
        title=text("管理用のログインが平文で流れない", "No log-in in clear text"),
        reason=text("Telnet のログイン要求がありました。パスワードが平文で流れます。", "Telnet asked for a password."),
        remediation=text("Telnet を止め、SSH だけを接続元を限って使ってください。", "Turn telnet off."),
        evidence=(digest("telnet-maint"),),
    ),
    finding(
        "management.source-is-restricted", "service:192.0.2.3/tcp/23", "fail", topic="management.exposure", severity="high",
        title=text("管理用サービスが決めた相手にだけ答える", "Management answers only to those meant"),
        reason=text("許可の記載がない管理用セグメントから到達しました。", "Reached from a place that is not meant."),
        remediation=text("接続元を保守拠点と管理端末に限ってください。", "Restrict sources."),
        items=(f"{CHECKLIST}:2-13",), evidence=(digest("telnet-maint"), digest("a"), digest("b"), digest("c")),
    ),
    finding(
        "management.source-is-restricted", "service:192.0.2.1/tcp/22", "unknown", topic="management.exposure", severity="high",
        title=text("管理用サービスが決めた相手にだけ答える", "Management answers only to those meant"),
        reason=text("許可された場所からだけ確かめました。ほかの場所からは試していません。", "Only tried from a meant place."),
        remediation=text("診療系または来客用の場所から試してください。", "Try from elsewhere."),
        items=(f"{CHECKLIST}:2-13",),
    ),
    finding(
        "maintenance.remote-access-is-listed", "host:192.0.2.3", "fail", topic="maintenance.exposure", severity="high",
        title=text("リモート保守の経路が回線一覧に書かれている", "Remote maintenance is listed"),
        reason=text("保守用のログインがありますが、回線一覧の「リモート保守」が空欄です。", "The cell is empty."),
        remediation=text("ベンダーに確認し、回線一覧に記載してください。", "Ask the vendor."), act="hospital",
        items=(f"{CHECKLIST}:2-2",), evidence=(digest("telnet-maint"), digest("lines")),
    ),
    finding(
        "register.device-is-listed", "host:192.0.2.4", "fail", topic="register.undeclared", severity="high", act="hospital",
        title=text("応答する機器が台帳にある", "Every answering device is listed"),
        reason=text("応答する機器が、機器台帳にも回線一覧にもありません。", "In no register."),
        remediation=text("設置した部署と業者を調べ、不要なら撤去し、必要なら台帳に載せてください。", "Find out who installed it."),
        items=(f"{CHECKLIST}:2-1",), evidence=(digest("host 192.0.2.4"),),
    ),
    finding(
        "register.cells-agree", "host:192.0.2.6", "fail", topic="register.mismatch", severity="low", act="hospital",
        title=text("台帳の記載が実際と合う", "Register cells agree"),
        reason=text("バージョン：台帳 10.2.16、観測 10.7.17", "Version differs."),
        remediation=text("台帳を直してください。", "Correct the register."), items=(f"{CHECKLIST}:2-1",), evidence=(digest("snmp"),),
    ),
    finding(
        "register.line-is-there", "point:192.0.2.9/K2", "fail", topic="register.missing", severity="medium", act="hospital",
        title=text("台帳の回線が実在する", "The line is there"), reason=text("終端機器が応答しません。", "No answer."),
        remediation=text("回線の契約と機器の有無を確かめてください。", "Check contract."), evidence=(digest("lines"), digest("silent 9")),
    ),
    finding(
        "register.line-is-there", "point:@L-06", "unknown", topic="register.missing", severity="medium", act="hospital",
        title=text("台帳の回線が実在する", "The line is there"), reason=text("終端機器の住所がなく、試していません。", "Not asked."),
        remediation=text("現場で現物を確かめてください。", "Look on site."), evidence=(digest("lines"),),
    ),
    finding(
        "tls.certificate", "service:192.0.2.2/tcp/443", "unknown", topic="tls.certificate",
        title=text("サーバ証明書が使用に適する", "The certificate is fit"),
        reason=text("自己署名です。信頼できるかどうかは分かりません。", "Self-signed."), evidence=(digest("tls-vpn"),),
    ),
    finding(
        "tls.min-version", "service:192.0.2.10/tcp/443", "pass", severity="high",
        reason=text("古い版をすべて拒否し、TLS 1.3 を受け入れました。", "Refuses all old versions."), items=(f"{CHECKLIST}:2-6",),
    ),
    finding(
        "firmware.supported", "host:192.0.2.1", "error", topic="firmware.eol", severity="high",
        title=text("製品がサポート期間内である", "The product is supported"),
        reason=text("検査が途中で止まりました。", "The check stopped."), evidence=(),
    ),
    finding(
        "tls.client-certificate", "service:192.0.2.10/tcp/443", "not_applicable", topic="tls.client_auth",
        title=text("開かれた網のサービスがクライアント証明書を求める", "A client certificate is demanded"),
        reason=text("この機器に外部接続点はありません。", "No open network."),
    ),
)  # fmt: skip
