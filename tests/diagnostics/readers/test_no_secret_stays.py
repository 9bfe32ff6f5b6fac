"""Passwords, communities and tokens in what an Expressway says of itself: nothing of them is kept, in any form."""

import json
import logging

import pytest

from diagnostics.estate import codec
from diagnostics.estate.observations import FactKey
from diagnostics.readers.codec import encode_files
from diagnostics.readers.secret_settings import is_secret_name
from tests.builders.expressway import (
    as_json,
    behind_each_other,
    configuration_text,
    cucm_answer,
    dns_answer,
    domain_answer,
    server_record,
    status_text,
    traversal_client,
    traversal_server,
    xml_of,
)

SECRET = "Zq7-planted-Secret"
CIPHER = "{cipher}UGxhbnRlZC1TZWNyZXQ="
KEYS = (
    "Zones Zone 1 TraversalClient Authentication Password",
    "SNMP CommunityName",
    "SNMP V3 AuthPassword",
    "Login Remote LDAP BindPassword",
    "Login Remote LDAP VCS BindPassword",
    "ExternalManager Token",
    "Applications Cloud Secret",
    "Administration Passphrase",
    "SystemUnit Password",
    "Zones Zone 1 Password",
    "SIP Domain 1 Password",
)
# Where a name or an address belongs: an enciphered value is kept nowhere.
PLACES = (
    "IP DNS Domain Name",
    "Alternates Cluster Name",
    "Alternates Peer 5 Address",
    "Zones Zone 1 TraversalClient Peer 6 Address",
    "SIP Domain 9 Name",
)
DUMP = configuration_text().decode() + "".join(
    [
        *(f'*c xConfiguration {key}: "{SECRET}"\n' for key in KEYS),
        *(f'*c xConfiguration {key}: "{CIPHER}"\n' for key in PLACES),
    ]
)
STATUS = status_text().decode() + (
    "*s Zones: /\n"
    f'  Zone 9:\n    Name: "UC"\n    Status: Failed\n    Password: "{SECRET}"\n    Cause: "{CIPHER}"\n'
    f'    TraversalClient:\n      Peer 1:\n        SIP:\n          Status: Failed\n          Token: "{SECRET}"\n'
    f'          Address: "{CIPHER}"\n*s/end\n'
    f'*s Warnings: /\n  Warning 1:\n    Reason: "{CIPHER}"\n    Secret: "{SECRET}"\n*s/end\n'
)
STATUS_XML = (
    '<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS" version="X14.3.2"><Zones item="1">'
    f'<Zone item="1"><Name item="1">UC</Name><Status item="1">Failed</Status><Password item="1">{SECRET}</Password>'
    f'<Cause item="1">{CIPHER}</Cause></Zone></Zones><SystemUnit item="1"><Name item="1">{CIPHER}</Name>'
    f'<Software item="1"><Version item="1">X15.5</Version></Software><Token item="1">{SECRET}</Token></SystemUnit>'
    f'<IP item="1"><DNS item="1"><Domain item="1"><Name item="1">{CIPHER}</Name></Domain></DNS></IP>'
    f'<Warnings item="1"><Warning item="1"><Reason item="1">Alarm {CIPHER}</Reason></Warning></Warnings></Status>'
)
ANSWERS = behind_each_other(
    dns_answer(DomainName=CIPHER, AdminPassword=SECRET),
    [traversal_client(AuthenticationPassword=SECRET, Cause=CIPHER, PeerAddress=["expe1.example.com", CIPHER])],
    [traversal_server(Name=CIPHER, Password=SECRET, SIPTLSVerifySubjectName=CIPHER)],
    [domain_answer(Name=CIPHER)],
    [cucm_answer(AxlPassword=SECRET, Publisher=CIPHER), cucm_answer(AxlPassword=SECRET)],
    [server_record(axl_password=SECRET, address=CIPHER)],
    {"Token": SECRET, "SSO": SECRET, "Enabled": "On", "secret": {"PeerAddress": [SECRET], "Name": "x"}},
)
FILES = {
    "case/expc1/xconf_dump_expc1_2026-11-01_10_30_00.txt": (DUMP.encode(), FactKey.ZONE_PEER),
    "case/expc1/xconf_dump_expc1_2026-11-01_10_30_00.xml": (xml_of(DUMP), FactKey.ZONE_PEER),
    "case/expc1/status.txt": (STATUS.encode(), FactKey.VERSION),
    "case/expc1/status.xml": (STATUS_XML.encode(), FactKey.VERSION),
    "case/expc1/answers.json": (ANSWERS, FactKey.ZONE_PEER),
}
SPOILED = {
    "case/expc1/a.txt": f'{DUMP}*c xConfiguration SNMP CommunityName: "{SECRET}'.encode(),
    "case/expc1/b.xml": STATUS_XML.replace("</Password>", f"</{SECRET}>").encode(),
    "case/expc1/c.json": as_json([cucm_answer(AxlPassword=SECRET)]).replace(b'",', b'"', 1),
    "case/expc1/d.json": f'{{"AxlUsername": "a", "AxlPassword": "{SECRET}'.encode(),
    "case/expc1/e.json": f"{{'AxlUsername': 'a', 'AxlPassword': '{SECRET}'}}".encode(),
    "case/expc1/f.txt": f'*s Zones: /\n  Password: "{SECRET}\n  {SECRET}: "x"\n'.encode(),
}


def kept(outcome) -> str:
    reading = outcome.reading
    stored = [json.dumps(codec.encode(reading.observations)), json.dumps(encode_files(reading.files))]
    return "".join([repr(reading), *stored])


@pytest.mark.parametrize("name", FILES)
def test_planted_secrets_are_in_nothing_that_is_stored_or_logged(read_files, name, caplog):
    content, told = FILES[name]
    assert SECRET.encode() in content
    assert CIPHER.encode() in content
    with caplog.at_level(logging.DEBUG):
        outcome = read_files({name: content})
    assert outcome.values(told), "the rest of the file was read"
    stored = kept(outcome) + caplog.text
    assert SECRET not in stored
    assert CIPHER not in stored
    assert CIPHER.removeprefix("{cipher}") not in stored


@pytest.mark.parametrize("name", SPOILED)
def test_a_fault_in_the_file_quotes_no_secret(read_files, name, caplog):
    assert SECRET.encode() in SPOILED[name]
    with caplog.at_level(logging.DEBUG):
        outcome = read_files({name: SPOILED[name]})
    assert SECRET not in kept(outcome) + caplog.text


@pytest.mark.parametrize(
    "name",
    [
        "Password",
        "AxlPassword",
        "axl_password",
        "SNMP CommunityName",
        "Community",
        "Token",
        "client_secret",
        "BindPassphrase",
    ],
)
def test_names_of_secrets_are_known_in_every_spelling(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["Name", "PeerAddress", "VerifyHostname", "CommunityManager", "TokenMode", "PinNumbers"]
)
def test_names_that_only_resemble_them_are_not(name):
    assert not is_secret_name(name)
