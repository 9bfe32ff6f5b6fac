"""Where each rule comes from. The keys are the note numbers and guide names by which the field knows them."""

_CISCO = "https://www.cisco.com/c/en/us"
_GUIDES = f"{_CISCO}/td/docs/voice_ip_comm/expressway"
_NOTES = f"{_CISCO}/support/docs/unified-communications"

SOURCES: dict[str, str] = {
    "221624": f"{_NOTES}/telepresence-video-communication-server-vcs/221624-troubleshoot-expressway-certificates.html",
    "218018": f"{_NOTES}/expressway/218018-troubleshoot-expressway-traffic-server-c.html",
    "225476": f"{_NOTES}/telepresence-video-communication-server-expressway/"
    "225476-understand-mobile-and-remote-access.html",
    "225482": f"{_NOTES}/expressway-series/225482-prepare-expressway-for-client.html",
    "225693": f"{_NOTES}/telepresence-video-communication-server-expressway/"
    "225693-navigate-client-eku-sunset-with.html",
    "FN74362": f"{_CISCO}/support/docs/field-notices/743/fn74362.html",
    "213872": f"{_NOTES}/expressway/213872-configure-and-troubleshoot-collaboration.html",
    "212475": f"{_NOTES}/spark/212475-troubleshooting-guide-for-cisco-spark-hy.html",
    "117811": f"{_NOTES}/expressway-series/117811-configure-vcs-00.html",
    "210800": f"{_CISCO}/support/docs/conferencing/meeting-server/210800-configure-cms-webrtc-proxy-over-expressw.html",
    "X154-ABOUT": f"{_GUIDES}/config_guide/X15-4/cert-creation-use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x154/exwy_m_about-this-guide.html",
    "X154-CSR": f"{_GUIDES}/config_guide/X15-4/cert-creation-use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x154/"
    "exwy_m_generating-a-certificate-signing-request.html",
    "X154-REQ": f"{_GUIDES}/config_guide/X15-4/cert-creation-use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x154/"
    "exwy_m_server-certificate-requirements-for-unified.html",
    "X155-CERT": f"{_GUIDES}/config_guide/X15-5/cert-creation-use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x155/"
    "exwy_m_managing-expressway-certificates.html",
    "X155-DER": f"{_GUIDES}/config_guide/X15-5/cert-creation-use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x155/"
    "exwy_m_convert-a-der-certificate-file.html",
    "X143-TS": f"{_GUIDES}/config_guide/X14-3/cert_creation_use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x14-3/exwy_m_troubleshooting.html",
    "X140-LOAD": f"{_GUIDES}/config_guide/X14-0/cert_creation_use/"
    "exwy_b_cisco-expressway-certificate-creation-and-use-deployment-guide-x14-0/"
    "exwy_b_certificate-creation-use-deployment-guide_chapter_0110.html",
    "X140-CLUSTER": f"{_GUIDES}/config_guide/X14-0/cluster_creation_maint/"
    "exwy_b_cisco-expressway-cluster-creation-and-maintenance-deployment-guide-x14-0/"
    "exwy_b_cluster-creation-maintenance-deployment-guide_chapter_0110.html",
    "X126-CLUSTER": f"{_GUIDES}/config_guide/X12-6/exwy_b_cluster-creation-maintenance-deployment-guide/"
    "exwy_b_cluster-creation-maintenance-deployment-guide_chapter_01000.html",
    "X126-INSTALL": f"{_GUIDES}/config_guide/X12-6/exwy_b_mra-expressway-deployment-guide/"
    "exwy_b_mra-expressway-deployment-guide_chapter_0111.html",
    "X150-MRA": f"{_GUIDES}/config_guide/X15-0/mra/exwy_b_mra-deployment-guide-x150/exwy_m_requirements-for-mra.html",
    "X154-UC": f"{_GUIDES}/admin_guide/X15-4/exwy_b_cisco-expressway-administrator-guide-x154/"
    "exwy_m_unified-communications.html",
    "X154-MAINT": f"{_GUIDES}/admin_guide/X15-4/exwy_b_cisco-expressway-administrator-guide-x154/"
    "exwy_m_maintenance.html",
    "X143-ZONES": f"{_GUIDES}/admin_guide/X14-3/exwy_b_cisco-expressway-administrator-guide-x143/"
    "exwy_m_zones-and-neighbors-x143.html",
    "X153-NET": f"{_GUIDES}/admin_guide/X15-3/exwy_b_cisco-expressway-administrator-guide-x153/"
    "exwy_m_network-and-system-settings.html",
    "X155-STATUS": f"{_GUIDES}/admin_guide/X15-5/exwy_b_cisco-expressway-administrator-guide-x155/"
    "exwy_m_status-and-system-information.html",
    "X155-USERS": f"{_GUIDES}/admin_guide/X15-5/exwy_b_cisco-expressway-administrator-guide-x155/"
    "exwy_m_user-accounts.html",
    "ALARMS": f"{_GUIDES}/admin_guide/X15-0/exwy_b_cisco-expressway-administrator-guide-x15/"
    "exwy_m_reference-material.html",
    "RN-X1425": f"{_GUIDES}/release_note/X14-2-5/Expressway-Select/"
    "exwy_b_cisco-expressway-select-release-note-x1425.html",
    "CRL-X125": f"{_GUIDES}/config_guide/X12-5/exwy_b_certificate-creation-use-deployment-guide/"
    "exwy_b_certificate-creation-use-deployment-guide_chapter_0111.html",
    "CRL-OLD": "https://manualsbrain.com/en/manuals/1603982/?page=16",
    "VCS-TRUST": "https://manualsbrain.com/ko/manuals/1604755/?page=11",
    "ATS-HOST": "https://github.com/apache/trafficserver/blob/master/src/tscore/X509HostnameValidator.cc",
    "ATS-SSL": "https://github.com/apache/trafficserver",
    "RFC5280": "https://www.rfc-editor.org/rfc/rfc5280",
    "RFC8446": "https://www.rfc-editor.org/rfc/rfc8446",
}


def addresses(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of the given sources; raises `KeyError` on a key that is not listed."""
    return tuple(SOURCES[key] for key in keys)
