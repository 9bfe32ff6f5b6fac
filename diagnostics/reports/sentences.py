"""The sentences that do not belong to one rule: reasons, what would settle them, files and their problems, names of
connections, slots and lists. Marked for translation; rendered by `render`.
"""

from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.rules.base import N_, Reason, Wording


def _either(text: str) -> tuple[str, str]:
    """A sentence whose English is the same for one and for many; other languages may differ."""
    return text, text


# Reason -> (why, what would settle it; empty: nothing is open)
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.CERTIFICATE_UNKNOWN: (
        N_("The {slot} certificate of {node} is not among the uploads."),
        N_(
            "Upload the diagnostic log of {node} (Expressway), its certificate snapshot (Unified CM), or the certificate "
            "itself, named in an inventory."
        ),
    ),
    Reason.NOT_A_CERTIFICATE: (
        N_("The file that was handed in as the {slot} certificate of {node}, {file}, holds no certificate."),
        N_(
            "Upload the certificate itself as Base-64 PEM, or the diagnostic log (Expressway) or snapshot (Unified CM) of "
            "{node}."
        ),
    ),
    Reason.CA_ALONE: (
        N_("The file that was handed in as the {slot} certificate of {node}, {file}, holds CA certificates alone."),
        N_("Upload the certificate that the CA issued to {node}, or the diagnostic log of {node}."),
    ),
    Reason.LIST_UNKNOWN: (
        N_("The {store} of {node} is not among the uploads."),
        N_(
            "Upload the diagnostic log of {node} (Expressway), its certificate snapshot (Unified CM), or the list itself, "
            "named in an inventory."
        ),
    ),
    Reason.NOT_A_LIST: (
        N_("The file that was handed in as the {store} of {node}, {file}, holds no certificate that can be read."),
        N_("Upload the list as Base-64 PEM, or the diagnostic log (Expressway) or snapshot (Unified CM) of {node}."),
    ),
    Reason.LIST_INCOMPLETE: (
        N_(
            "The {store} of {node} seems to lack {missing}; but part of what was handed in could not be read, or is known "
            "by its name alone, and it may stand there."
        ),
        N_("Look on {node} whether its {store} lists {missing}, or export the list again and upload it."),
    ),
    Reason.SETTING_UNKNOWN: (
        N_("The setting “{setting}” of {node} is not known."),
        N_("Upload the xconf_dump of {node}, or state the setting in an inventory."),
    ),
    Reason.PEER_UNKNOWN: (
        N_("Which Expressway-E {address} means is not known."),
        N_("Upload the diagnostic logs of every Expressway-E peer, or name nodes and addresses in an inventory."),
    ),
    Reason.ZONES_UNKNOWN: (
        N_("No traversal zone between {node} and an Expressway-E is known."),
        N_("Upload the diagnostic logs of {node} and of the Expressway-E nodes, or name the zones in an inventory."),
    ),
    Reason.OTHER_END_UNKNOWN: (
        N_("The other end of zone “{zone}” is not among the uploads."),
        N_("Upload the diagnostic logs of the nodes at the other end of zone “{zone}”."),
    ),
    Reason.VERIFY_NAME_UNKNOWN: (
        N_("The TLS verify subject name of zone “{zone}” is not known."),
        N_("Upload the xconf_dump of an Expressway-E of {node}, or state the name in an inventory."),
    ),
    Reason.DOMAINS_UNKNOWN: (
        N_("The domains with Unified CM registrations are not known."),
        N_("Upload the xconf_dump of an Expressway-C, or state the domains in an inventory."),
    ),
    Reason.CLUSTER_NAME_UNKNOWN: (
        N_("The cluster FQDN of {cluster} is not known."),
        N_("Upload the xconf_dump of a peer, or state the cluster name as an FQDN in an inventory."),
    ),
    Reason.UC_NODES_UNKNOWN: (
        N_("Mobile and Remote Access is on, and no Unified Communications node is among the uploads."),
        N_("Upload the certificate snapshot of every Unified CM, IM and Presence and Unity Connection node."),
    ),
    Reason.NO_USAGE_EXTENSION: (
        N_(
            "The certificate of {node} has no extended key usage extension; how Expressway takes that is documented "
            "nowhere."
        ),
        N_("Re-issue it with the extension, or try the upload: the page says whether it takes it."),
    ),
    Reason.UNREADABLE: (
        N_("The certificate of {node} could not be judged: {words}."),
        N_("Have the certificate checked and re-issued by its CA."),
    ),
    Reason.KEY_LOCKED: (
        N_("The private key in {file} is encrypted, so whether it belongs to the certificate cannot be told."),
        N_(
            "Do not upload the key. Where it lies, compare what openssl pkey -in KEY -pubout and openssl x509 -in "
            "CERTIFICATE -noout -pubkey print: the two are the same where they belong together."
        ),
    ),
    Reason.NOTHING_OF_THE_KIND: (N_("Nothing of the kind was handed in."), ""),
    Reason.MRA_OFF: (N_("Mobile and Remote Access is switched off."), ""),
    Reason.VERIFY_OFF: (N_("TLS verify mode is off on zone “{zone}”."), ""),
    Reason.SINGLE_NODE: (N_("{cluster} is a single node."), ""),
    Reason.NOT_UNIFIED_COMMUNICATIONS: (N_("Zone “{zone}” does not carry Unified Communications."), ""),
    Reason.OTHER_CHECK: (N_("{other} speaks of this."), ""),
    Reason.TOO_MANY_PAIRS: (
        N_("The uploads name so many nodes that {count} pairs of them were not judged: {most} are, and no more."),
        N_("Upload what belongs together as a deployment of its own."),
    ),
}

KINDS: dict[Kind, str] = {
    Kind.ZIP: N_("zip archive"),
    Kind.TAR: N_("tar archive"),
    Kind.GZIP: N_("gzip file"),
    Kind.BZIP2: N_("bzip2 file"),
    Kind.XZ: N_("xz file"),
    Kind.CERTIFICATE_STORE: N_("Microsoft serialized certificate store"),
    Kind.REST_ANSWER: N_("answer of the Expressway REST interface"),
    Kind.UCM_LISTING: N_("output of Unified CM's show cert"),
    Kind.SPREADSHEET: N_("inventory as a spreadsheet"),
    Kind.CERTIFICATES: N_("certificates"),
    Kind.REQUEST: N_("certificate signing request"),
    Kind.CRL: N_("certificate revocation list"),
    Kind.PRIVATE_KEY: N_("private key"),
    Kind.PUBLIC_KEY: N_("public key"),
    Kind.PKCS12: N_("PKCS#12 container"),
    Kind.KEYSTORE: N_("Java key store"),
    Kind.XCONFIGURATION: N_("xConfiguration dump"),
    Kind.CONFIGURATION_XML: N_("configuration XML"),
    Kind.XSTATUS_XML: N_("status XML"),
    Kind.XSTATUS_TEXT: N_("status text"),
    Kind.LOG: N_("Expressway log"),
    Kind.CAPTURE: N_("packet capture"),
    Kind.UCM_SNAPSHOT: N_("certificate snapshot"),
    Kind.INVENTORY: N_("inventory"),
    Kind.OTHER_ARCHIVE: N_("archive of another kind"),
    Kind.DOCUMENT: N_("document or picture"),
    Kind.TEXT: N_("text"),
    Kind.EMPTY: N_("empty file"),
    Kind.UNKNOWN: N_("unknown"),
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.READ: N_("read"),
    Outcome.PARTLY: N_("partly read"),
    Outcome.NOT_READ: N_("not read"),
    Outcome.REFUSED: N_("refused"),
}

# What was wrong, and the way out.
PROBLEMS: dict[ProblemCode, tuple[str, str]] = {
    ProblemCode.EMPTY: (N_("The file is empty."), N_("Export or download it again.")),
    ProblemCode.NOT_READ_YET: (
        N_("The file is recognised, but nothing is read from this kind yet."),
        N_("Nothing needs to be done; the diagnosis does not use it."),
    ),
    ProblemCode.NOT_RECOGNISED: (
        N_("Nothing in the file is recognised."),
        N_("If it should hold certificates, export them as Base-64 PEM."),
    ),
    ProblemCode.TOO_LARGE: (
        N_("The file is larger than {limit}, which is more than is read from one file."),
        N_("Upload the part that matters, or the diagnostic log as the node made it."),
    ),
    ProblemCode.TOO_DEEP: (
        N_("The archive lies more than {depth} archives deep."),
        N_("Unpack the outer archive and upload this one by itself."),
    ),
    ProblemCode.TOO_MANY_MEMBERS: (
        N_("The archives of this upload hold more than {limit} files."),
        N_("Upload fewer archives at a time."),
    ),
    ProblemCode.UNFOLDS_TOO_FAR: (
        N_("The archives of this upload unfold to more than {limit}."),
        N_("Upload one diagnostic log at a time, or leave packet captures out."),
    ),
    ProblemCode.RATIO: (
        N_("It unfolds to more than {limit} times its size, as archive bombs do; reading stopped there."),
        N_("If the file is genuine, unpack it and upload the parts that matter."),
    ),
    ProblemCode.TOO_MUCH: (
        N_("The files of this upload hold more than is kept of one: {limit} of certificates, or {count} facts."),
        N_("Upload it again by itself, or with fewer files at a time."),
    ),
    ProblemCode.OTHER_ARCHIVE: (
        N_("An archive of a kind that is not opened ({form}); what is in it is not known."),
        N_("Unpack it and upload what is in it, or pack that as zip or tar.gz."),
    ),
    ProblemCode.OUT_OF_TIME: (
        N_("Reading it was stopped after {limit}; nothing more of it is known. What else was uploaded was read."),
        N_("Export the file again, or upload the part that matters; a genuine file is read within seconds."),
    ),
    ProblemCode.OUT_OF_MEMORY: (
        N_("Reading it took more than {limit} of memory and was stopped; what else was uploaded was read."),
        N_("Export the file again, or upload the part that matters."),
    ),
    ProblemCode.KILLED_ITS_READER: (
        N_("Reading it ended the process that read it ({detail}); what else was uploaded was read."),
        N_("Export the file again. If it is genuine, report this with the file: no file may do so."),
    ),
    ProblemCode.NOT_REACHED: (
        N_("It was not read: too many files of this upload had ended the process that read them ({count})."),
        N_("Upload it again without those files."),
    ),
    ProblemCode.DAMAGED_ARCHIVE: (
        N_("The archive is damaged or cut off: {detail}."),
        N_("Download or copy it again; what came before the damage was read."),
    ),
    ProblemCode.DAMAGED_MEMBER: (
        N_("The file cannot be read: {detail}."),
        N_("Download or copy it again."),
    ),
    ProblemCode.ENCRYPTED_MEMBER: (
        N_("The file is encrypted inside its archive."),
        N_("Unpack it with its password and upload the content."),
    ),
    ProblemCode.UNSAFE_NAME: (
        N_("Its name points outside of the archive, as attack files do; it was not read."),
        N_("If the file is genuine, pack it again with plain names."),
    ),
    ProblemCode.NOT_A_FILE: (
        N_("It is a link or device, not a file; it was not read."),
        N_("Pack the file itself."),
    ),
    ProblemCode.BLOCK_LOST: (
        N_("A block could not be read ({reason}): {detail}."),
        N_("Export it again; whatever else of the file can be read was read."),
    ),
    ProblemCode.CERTIFICATE_CUT_OFF: (
        N_(
            "A certificate is cut off: its {field} announces {announced} bytes at byte {byte} of it, and {there} are there."
        ),
        N_("Export or copy that certificate again, from its first line to its last; the others in the file were read."),
    ),
    ProblemCode.CERTIFICATE_BROKEN: (
        N_("A certificate cannot be read: its structure breaks in the {field}, at byte {byte} of it ({broken})."),
        N_("It was altered on its way, or is damaged: get that certificate again from where it came from."),
    ),
    ProblemCode.TEXT_MODE: (
        N_(
            "A binary certificate was handled as text on its way (FTP in ASCII mode, a mail program, an editor), which "
            "changed bytes of it. It cannot be repaired."
        ),
        N_("Transfer the file again in binary mode, or export the certificate as Base-64 PEM and send that."),
    ),
    ProblemCode.ODD_PEM: (
        N_("Expressway may refuse this PEM: {odd}. All of it was read here."),
        N_(
            "Upload a copy to Expressway in which each BEGIN and END stands on a line of its own, with nothing before it."
        ),
    ),
    ProblemCode.NEEDS_PASSWORD: (
        N_("A PKCS#12 container needs its password, and none was given."),
        N_(
            "Upload it again and give its password on the review page; or let openssl pkcs12 -in FILE -nokeys -out "
            "certificates.pem write its certificates without the key."
        ),
    ),
    ProblemCode.NO_PASSWORD: (
        N_("A PKCS#12 container needs its password, and none was given."),
        N_(
            "Give it with --password-file FILE, one password on each line; or let openssl pkcs12 -in FILE -nokeys -out "
            "certificates.pem write its certificates without the key."
        ),
    ),
    ProblemCode.WRONG_PASSWORD: (
        N_("A PKCS#12 container stays closed: none of the passwords given opens it."),
        N_(
            "Check the passwords, one on each line, blanks and capitals as they were set; or let openssl pkcs12 -in FILE "
            "-nokeys -out certificates.pem write its certificates without the key."
        ),
    ),
    ProblemCode.TOO_MANY_ROUNDS: (
        N_("A PKCS#12 container asks for {rounds} rounds of key derivation; more than {limit} are not done."),
        N_(
            "If the file is genuine, openssl pkcs12 -in FILE -nokeys -out certificates.pem writes its certificates "
            "without the key."
        ),
    ),
    ProblemCode.PRIVATE_KEY: (
        N_("A private key is in the file. It was noticed and forgotten; nothing of it is stored."),
        N_("Treat the key as exposed if the file was sent by mail or chat, and renew the certificate."),
    ),
    ProblemCode.FURTHER: (
        N_("Further problems of this file are not listed; their number: {count}."),
        N_("Put the first ones right and upload it again."),
    ),
    ProblemCode.MALFORMED: (
        N_("The file cannot be parsed: {detail}."),
        N_("Put this place right, or export it again."),
    ),
    ProblemCode.UNKNOWN_KEY: (
        N_("“{key}” is not a key of the inventory form; it was ignored."),
        N_("Check its spelling against docs/uploads.md."),
    ),
    ProblemCode.WRONG_TYPE: (N_("“{key}” must be of type {wanted}."), N_("Put this line right and upload it again.")),
    ProblemCode.WRONG_VALUE: (
        N_("“{key}” has the value “{value}”; known are {known}."),
        N_("Put this line right and upload it again."),
    ),
    ProblemCode.MISSING_FILE: (
        N_("The inventory names {path}, which is not among the uploads."),
        N_("Upload it together with the inventory, in the same folder or archive."),
    ),
    ProblemCode.UNKNOWN_SERVICE: (
        N_("The snapshot has certificates of a service that is not known here: {service}."),
        N_("Nothing needs to be done; the diagnosis does not use it."),
    ),
    ProblemCode.CERTIFICATE_IN_LOG: (
        N_("A certificate, or another block with a BEGIN line, stands in the log; such blocks are not read from logs."),
        N_("If the diagnosis should use it, copy it into a file of its own, from the BEGIN to the END line."),
    ),
    ProblemCode.LOG_CUT: (
        N_("More than {limit} lines of the log report something; what came after them was not looked into."),
        N_("Take a log of the time in which the fault occurs, and upload that."),
    ),
    ProblemCode.WHICH_NODE: (
        N_("Which node this belongs to is not said in it nor in its name."),
        N_("Upload the diagnostic log as the node made it, or keep the file names that it has in there."),
    ),
    ProblemCode.SEVERAL_NODES: (
        N_("It speaks of several nodes, and it is not certain where one ends and the next begins; it was not read."),
        N_("Save what each node says as a file of its own."),
    ),
    ProblemCode.NODE_NOT_NAMED: (
        N_("Nothing in it says which node it is of; the name of the file or folder counts where it is a known node's."),
        N_("Name the file or its folder after the node (cucm1.example.com.txt), or say on the files page whose it is."),
    ),
    ProblemCode.WHICH_PLACE: (
        N_("It shows a certificate without the command that printed it, so its place cannot be told."),
        N_("Capture the command too: show cert own tomcat/tomcat.pem, with its output up to the next prompt."),
    ),
    ProblemCode.CUT_SHORT: (
        N_("The output ends in the middle: {detail}."),
        N_("Enter “set cli pagination off” first, and run the command again."),
    ),
    ProblemCode.INTERNAL: (
        N_("Expcert itself failed on this file ({detail}). That is our fault, not yours."),
        N_("Please report it; the other files were read."),
    ),
}

# What is said of a problem where there is no detail of it.
WITHOUT_DETAIL: dict[str, str] = {ProblemCode.BLOCK_LOST: N_("A block could not be read ({reason}).")}

# What a lost block was.
BLOCK_REASONS: dict[str, str] = {
    "not-base64": N_("the text between BEGIN and END is not Base-64"),
    "not-closed": N_("the END line is missing"),
    "not-a-certificate": N_("it is not a certificate"),
    "not-a-crl": N_("it is not a revocation list"),
    "not-a-request": N_("it is not a certificate signing request"),
    "not-pkcs7": N_("it is not PKCS#7"),
    "not-pkcs12": N_("it is damaged, or not a PKCS#12 container that is read"),
    "too-many": N_("more certificates than are read from one file"),
    "not-a-keystore": N_("the Java keystore is damaged"),
    "not-a-store": N_("the serialized certificate store is damaged"),
    "secret-key": N_("the Java keystore holds a secret key, and what follows it cannot be found"),
    "text-mode": N_("a binary file was handled as text"),
}

# The parts of a certificate (RFC 5280, 4.1), where one is broken.
CERTIFICATE_FIELDS: dict[str, str] = {
    "certificate": N_("outermost structure"),
    "tbsCertificate": N_("signed part"),
    "version": N_("version"),
    "serialNumber": N_("serial number"),
    "signature": N_("first statement of the signature algorithm"),
    "issuer": N_("issuer"),
    "validity": N_("validity"),
    "subject": N_("subject"),
    "subjectPublicKeyInfo": N_("public key"),
    "uniqueID": N_("unique identifier"),
    "extensions": N_("extensions"),
    "signatureAlgorithm": N_("signature algorithm"),
    "signatureValue": N_("signature"),
}

# What is wrong there.
BREAKS: dict[str, str] = {
    "cut-off": N_("it is cut off"),
    "overruns": N_("a value is longer than what it stands in"),
    "wrong-type": N_("a value of another type was expected"),
    "missing": N_("nothing follows"),
    "no-value": N_("what stands there begins no value"),
    "too-deep": N_("more values in one another than any certificate has"),
}

# What OpenSSL's PEM reader does not take.
ODDITIES: dict[str, str] = {
    "layout": N_("a block is indented, quoted, run into one line or otherwise laid out as OpenSSL does not take it"),
    "no-begin": N_("a BEGIN line is missing"),
    "no-end": N_("an END line is missing or names something else"),
    "wrong-label": N_("a certificate is labelled as something else"),
}

TYPES: dict[str, str] = {
    "mapping": N_("mapping (key: value)"),
    "list": N_("list"),
    "text": N_("text"),
    "true-or-false": N_("true or false"),
    "port": N_("port number"),
}

SLOTS: dict[str, str] = {
    "server": N_("server"),
    "client": N_("client"),
    "tomcat": "tomcat",
    "tomcat-ecdsa": "tomcat-ECDSA",
    "callmanager": "CallManager",
    "callmanager-ecdsa": "CallManager-ECDSA",
    "cup": "cup",
    "cup-xmpp": "cup-xmpp",
}

STORES: dict[str, str] = {
    "trusted-ca": N_("trusted CA list"),
    "tomcat-trust": "tomcat-trust",
    "callmanager-trust": "CallManager-trust",
    "cup-xmpp-trust": "cup-xmpp-trust",
}

# Wherever a file can belong; the last holds any number of files.
PLACES: dict[str, str] = {**SLOTS, **STORES, "crl": N_("revocation lists")}

# Why a file is taken to belong to a place, by the values of `PlaceReason`; each stands by itself beneath the place.
PLACE_REASONS: dict[str, str] = {
    "person": N_("as somebody decided"),
    "archive": N_("by its name in the diagnostic log"),
    "answer": N_("as the node itself answered"),
    "inventory": N_("as an inventory says"),
    "names": N_("by the names in the certificate"),
    "folder": N_("by the folder that it lies in"),
    "file-name": N_("by the name of the file"),
}

# What files contradict each other about: values of `FactKey`, slots and lists, which have their own names.
CONTRADICTED: dict[str, str] = {
    "version": N_("release"),
    "role": N_("role"),
    "cluster": N_("name of the cluster"),
    "cluster-peer": N_("peers of the cluster"),
    "address": N_("address"),
    "server-entry": N_("name that Expressway-C uses for it"),
    "tls-verification": N_("TLS verification mode of the cluster"),
    "verify-origin-server": N_("verification of Unified CM servers by the HTTP proxy"),
    "server-eku-upload": N_("upload of certificates for servers alone"),
    "sip-eku-checking": N_("extended key usage checking of SIP"),
    "revocation-mode": N_("certificate revocation checking"),
    "revocation-fallback": N_("behaviour where revocation cannot be checked"),
    "mra-enabled": N_("Mobile and Remote Access"),
    "mra-domain": N_("domains of Mobile and Remote Access"),
    "zone-type": N_("type"),
    "zone-port": N_("port"),
    "zone-transport": N_("transport"),
    "zone-tls-verify": N_("TLS verify mode"),
    "zone-verify-name": N_("TLS verify subject name"),
    "zone-peer": N_("peer addresses"),
    "zone-unified-communications": N_("Unified Communications"),
}
SWITCHES: dict[str, str] = {"true": N_("On"), "false": N_("Off")}

ROLES: dict[str, str] = {
    "expressway-c": "Expressway-C",
    "expressway-e": "Expressway-E",
    "expressway": N_("Expressway (C or E not known)"),
    "unified-cm": "Unified CM",
    "im-presence": "IM and Presence",
    "unity-connection": "Unity Connection",
}

SERVICES: dict[str, str] = {
    "own-certificate": N_("its own certificate"),
    "traversal-sip": N_("traversal zone (SIP TLS)"),
    "traversal-plain": N_("traversal zone without Unified Communications"),
    "ssh-tunnel": N_("SSH tunnels"),
    "uc-https": N_("HTTPS to Unified CM"),
    "uc-sip": N_("secure SIP and TFTP to Unified CM"),
    "imp-xmpp": N_("IM and Presence"),
    "unity-https": N_("Unity Connection"),
    "edge-client": N_("Jabber and Webex App"),
    "every-connection": N_("every connection"),
}

SEVERITIES: dict[str, str] = {
    "critical": N_("critical"),
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "info": N_("info"),
}

# Singular and plural, for `Words.counted`.
AND_MORE = _either(N_("{count} more"))
DAYS = (N_("{count} day"), N_("{count} days"))
FINDINGS: dict[str, tuple[str, str]] = {
    "critical": (N_("{count} critical finding"), N_("{count} critical findings")),
    "high": (N_("{count} high finding"), N_("{count} high findings")),
}

BROKEN = N_("Something is broken: {counted}.")
AT_RISK = N_("Nothing is down, but something is against the requirements or runs out soon.")
ENDING = N_("Nothing is wrong yet, but {name}, which {node} relies on, ends in {days_counted}.")
ENDING_AND_OTHERS = _either(
    N_("Nothing is wrong yet, but {name}, which {node} relies on, ends in {days_counted}, and {count} more soon.")
)
HEALTHY = N_("Everything that applies was checked and holds.")
BY_LISTING = N_(
    "This rests on a listing of names and serial numbers, which is weaker evidence than the certificates themselves."
)
UNKNOWN = N_("Nothing wrong was found, but not everything could be checked.")
# What kept an estate from being called healthy, by the key of the summary; the first that is not 0 speaks.
GAPS: dict[str, tuple[str, str]] = {
    "cannot_tell": (
        N_("Nothing wrong was found, but {count} check could not be made."),
        N_("Nothing wrong was found, but {count} checks could not be made."),
    ),
    "expressway_unseen": _either(
        N_("Nothing wrong was found, but nothing of an Expressway could be checked with what was uploaded.")
    ),
    "files_lost": (
        N_("Nothing wrong was found, but {count} file could not be read to its end."),
        N_("Nothing wrong was found, but {count} files could not be read to their end."),
    ),
    "checks_failed": (
        N_("Nothing wrong was found, but {count} check failed inside Expcert."),
        N_("Nothing wrong was found, but {count} checks failed inside Expcert."),
    ),
    "unified_cm_unseen": _either(
        N_("Nothing wrong was found, but no Unified CM is among the uploads, and Mobile and Remote Access needs one.")
    ),
    "connections_open": (
        N_("Nothing wrong was found, but of {count} connection it cannot be told whether it works."),
        N_("Nothing wrong was found, but of {count} connections it cannot be told whether they work."),
    ),
}

PROBLEM_AT_LINE = N_("Line {line}: {text}")

# What a sentence says where a value is absent and "not known" would be wrong.
ABSENT: dict[str, str] = {
    "nearest": N_("none"),
    "others": N_("the other end"),
    "last": N_("a time that the file does not state"),
}

MISSES: dict[str, str] = {
    "spelling": N_("a few letters differ"),
    "short-host": N_("the certificate has the bare host name"),
    "other-domain": N_("same host, other domain"),
    "other-host": N_("same domain, other host"),
    "wildcard": N_("a wildcard, which a zone does not accept"),
    "address-as-dns": N_("an IP address written as a DNS name"),
    "unrelated": N_("nothing alike"),
}

INTERNAL_WORDING = Wording(
    title=N_("A check failed inside Expcert: {rule}"),
    explanation=N_("The rule {rule} raised {error}. That is our fault, not yours; its result is missing."),
    impact=N_("Nobody of yours. Other checks are not affected."),
    steps=(N_("Please report it, with the release of Expcert and what was uploaded."),),
    verify=N_("The check speaks again in a later release."),
)

# For a finding that another release stored, or a code that was never one.
UNKNOWN_WORDING = Wording(
    title=N_("{code} at {node}"),
    explanation=N_("Another release of Expcert stored this finding; this one has no words for it."),
    impact=N_("Not known to this release."),
    steps=(N_("Diagnose again, or open the report with the release that made it."),),
    verify=N_("The finding is described, or is gone."),
)
