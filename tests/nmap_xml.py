"""A report of nmap on one telnet port, as somebody would hand it over, of any age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def scan_of(address: str = "192.0.2.1", *, days_old: float = 1) -> str:
    """Write the report; it states the time at which it was made."""
    at = int((datetime.now(UTC) - timedelta(days=days_old)).timestamp())
    return f"""<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sV -oX - {address}" start="{at}" version="7.93" xmloutputversion="1.05">
<host starttime="{at}" endtime="{at + 9}"><status state="up" reason="syn-ack" reason_ttl="0"/>
<address addr="{address}" addrtype="ipv4"/><hostnames/>
<ports><port protocol="tcp" portid="23"><state state="open" reason="syn-ack" reason_ttl="0"/>
<service name="telnet" product="Yamaha RTX telnetd" method="probed" conf="10"/></port></ports></host>
<runstats><finished time="{at + 9}" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>
"""
