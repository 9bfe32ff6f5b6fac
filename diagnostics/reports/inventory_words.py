"""The sentences in an inventory file that is written for a person to fill in, and its example."""

from diagnostics.rules.base import N_

INTRODUCTION = (
    N_("Inventory of an Expressway deployment. Fill in what is missing, put right what is wrong, and upload it again."),
    N_("What is left out is unknown, not false. Only “format” and the names must be there."),
)
EMPTY = (N_("Nothing is known yet: take the # away in front of the lines that you need and put your own names in."),)
CONTRADICTIONS = (N_("Sources say different things here; the file has what the diagnosis goes by, which comes first:"),)
CERTIFICATES = (
    N_("Certificates and lists are files beside this one. Name them in their node, with paths relative to this file:"),
    "    certificates: {server: expc1/server.pem}",
    "    trust: {trusted-ca: expc1/ca.pem}",
    "    crls: [expc1/crl.pem]",
    N_(
        "Slots of Unified CM: tomcat, tomcat-ecdsa, callmanager, callmanager-ecdsa; lists: tomcat-trust, callmanager-trust."
    ),
    N_("IM and Presence: tomcat, cup, cup-xmpp; lists: tomcat-trust, cup-xmpp-trust. Unity Connection: tomcat."),
)
NOTES = (
    N_("One row per node on the sheet “Nodes”, one row per zone on the sheet “Zones”. Columns may stand in any order."),
    N_("Roles: expressway-c, expressway-e, unified-cm, im-presence, unity-connection."),
    N_("Types of zones: traversal-client, traversal-server, neighbor, dns."),
    N_("Several addresses, domains or peers in one cell stand apart by blanks."),
    N_("Keep the cells as text: a spreadsheet makes 14.1 of the release 14.10, and a date of 14.2.5."),
    N_("Rows that begin with # are not read. An empty cell is unknown, not false."),
)
ROW_NOTES = (
    N_("One row per node, for example: expc.example.com,expressway-c,expc1.example.com,192.0.2.11,X15.0.2"),
    N_("Roles: expressway-c, expressway-e, unified-cm, im-presence, unity-connection."),
)
EXAMPLE = """\
deployment: Example Corp
mra:
  enabled: true
  domains: [example.com]
  xmpp_federation_domains: []
  chat_node_aliases: []
  phone_security_profiles: []
  cms_join_hosts: []
clusters:
  - name: expc.example.com
    role: expressway-c
    version: X15.0.2
    tls_verification: permissive
    settings:
      verify_origin_server: true
      server_eku_upload: false
      sip_eku_checking: true
      revocation: {mode: off, fallback: not-revoked}
    nodes:
      - fqdn: expc1.example.com
        address: 192.0.2.11
        certificates: {server: expc1/server.pem}
        trust: {trusted-ca: expc1/ca.pem}
        crls: [expc1/crl.pem]
    zones:
      - name: UC traversal
        type: traversal-client
        unified_communications: true
        port: 7001
        transport: tls
        tls_verify: true
        peers: [expe1.example.com]
  - name: expe1.example.com
    role: expressway-e
    nodes:
      - fqdn: expe1.example.com
        address: [198.51.100.21, 192.0.2.21]
        certificates: {server: expe1/server.pem}
        trust: {trusted-ca: expe1/ca.pem}
    zones:
      - name: UC traversal
        type: traversal-server
        unified_communications: true
        port: 7001
        tls_verify: true
        tls_verify_subject_name: expc.example.com
  - name: cucm.example.com
    role: unified-cm
    version: "14.0"
    nodes:
      - fqdn: cucm1.example.com
        server_entry: cucm1.example.com
        certificates: {tomcat: cucm1/tomcat.pem, callmanager: cucm1/CallManager.pem}
        trust: {tomcat-trust: cucm1/tomcat-trust.pem, callmanager-trust: cucm1/CallManager-trust.pem}
  - name: imp.example.com
    role: im-presence
    nodes:
      - fqdn: imp1.example.com
        certificates: {tomcat: imp1/tomcat.pem, cup: imp1/cup.pem, cup-xmpp: imp1/cup-xmpp.pem}
        trust: {tomcat-trust: imp1/tomcat-trust.pem, cup-xmpp-trust: imp1/cup-xmpp-trust.pem}
  - name: cuc1.example.com
    role: unity-connection
    nodes:
      - fqdn: cuc1.example.com
        certificates: {tomcat: cuc1/tomcat.pem}
"""
