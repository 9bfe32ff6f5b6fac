"""All cases by their words."""

from tests.diagnostics.rules.cases.base import Case
from tests.diagnostics.rules.cases.chain_files import CHAIN_FILES
from tests.diagnostics.rules.cases.files import FILES
from tests.diagnostics.rules.cases.keys import KEYS
from tests.diagnostics.rules.cases.names import NAMES
from tests.diagnostics.rules.cases.own_chain import OWN_CHAIN
from tests.diagnostics.rules.cases.revocation import REVOCATION
from tests.diagnostics.rules.cases.symptoms import SYMPTOMS
from tests.diagnostics.rules.cases.traversal_trust import TRAVERSAL_TRUST
from tests.diagnostics.rules.cases.uc_nodes import UC_NODES
from tests.diagnostics.rules.cases.usages import USAGES
from tests.diagnostics.rules.cases.validity import VALIDITY

TABLES = (FILES, CHAIN_FILES, KEYS, OWN_CHAIN, VALIDITY, USAGES, TRAVERSAL_TRUST, NAMES, UC_NODES, REVOCATION, SYMPTOMS)
EVERY: dict[str, Case] = {case.what: case for table in TABLES for case in table.cases}
assert len(EVERY) == sum(len(table.cases) for table in TABLES), "two cases have the same words"
