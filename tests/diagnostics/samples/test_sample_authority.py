"""Every switch of the certificate builder, held against what the openssl command says of the result."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from diagnostics.samples.authority import Authority, root, self_signed
from diagnostics.samples.signing import RSA_POOL_SIZE

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def top() -> Authority:
    return root(at=AT)


def test_a_leaf_under_an_intermediate_serves_both_roles(openssl, top):
    issuing = top.intermediate("Issuing CA")
    leaf = issuing.issue(common_name="a.example.com", dns=["a.example.com"], ips=["192.0.2.1"])

    for purpose in ("sslserver", "sslclient"):
        assert openssl.verify(leaf.certificate, trusted=issuing.chain, at=AT, purpose=purpose) == ""
    assert openssl.carries(leaf.certificate, "a.example.com")
    assert not openssl.carries(leaf.certificate, "b.example.com")
    assert "IP Address:192.0.2.1" in openssl.text(leaf.certificate)


def test_the_intermediate_may_come_over_the_wire(openssl, top):
    issuing = top.intermediate("Issuing CA")
    leaf = issuing.issue(common_name="a.example.com").certificate

    assert "unable to get local issuer" in openssl.verify(leaf, trusted=[top.certificate], at=AT)
    assert openssl.verify(leaf, trusted=[top.certificate], at=AT, sent=[issuing.certificate]) == ""
    assert "unable to get issuer" in openssl.verify(leaf, trusted=[issuing.certificate], at=AT)


CONSTRAINTS = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ({"ca": False}, "invalid CA certificate"),
        ({"ca": None}, "invalid CA certificate"),
        ({"key_usage": ("digital_signature",)}, "invalid CA certificate"),
        ({"name_constraints": CONSTRAINTS}, "permitted subtree violation"),
        ({"not_after": AT - timedelta(seconds=1)}, "certificate has expired"),
        ({"not_before": AT + timedelta(seconds=1)}, "certificate is not yet valid"),
        ({"usages": ("client",)}, "unsuitable certificate purpose"),
        ({"subject_key_id": False}, "Missing Subject Key Identifier"),
        ({"authority_key_id": False}, "Missing Authority Key Identifier"),
    ],
)
def test_an_intermediate_with_one_thing_wrong(openssl, top, shape, complaint):
    issuing = top.intermediate("Issuing CA", **shape)
    leaf = issuing.issue(common_name="a.example.com", dns=["a.example.com"]).certificate

    assert complaint in openssl.verify(leaf, trusted=issuing.chain, at=AT)


def test_a_path_length_holds_below(openssl, top):
    upper = top.intermediate("Policy CA", path_length=0)
    lower = upper.intermediate("Issuing CA")
    leaf = lower.issue(common_name="a.example.com").certificate

    assert "path length constraint exceeded" in openssl.verify(leaf, trusted=lower.chain, at=AT)
    direct = upper.issue(common_name="a.example.com").certificate
    assert openssl.verify(direct, trusted=upper.chain, at=AT) == ""


@pytest.mark.parametrize(
    ("shape", "purpose", "complaint"),
    [
        ({"usages": ("server",)}, "sslclient", "purpose"),
        ({"usages": ("client",)}, "sslserver", "purpose"),
        ({"not_after": AT - timedelta(seconds=1)}, "sslserver", "certificate has expired"),
        ({"not_before": AT + timedelta(seconds=1)}, "sslserver", "certificate is not yet valid"),
    ],
)
def test_a_leaf_with_one_thing_wrong(openssl, top, shape, purpose, complaint):
    leaf = top.issue(common_name="a.example.com", **shape).certificate

    assert complaint in openssl.verify(leaf, trusted=top.chain, at=AT, purpose=purpose)


def test_no_usages_leaves_the_extension_out(openssl, top):
    leaf = top.issue(common_name="a.example.com", usages=None).certificate

    assert "Extended Key Usage" not in openssl.text(leaf)
    assert openssl.verify(leaf, trusted=top.chain, at=AT, purpose="sslclient") == ""


def test_without_a_subject_the_names_are_critical(openssl, top):
    leaf = top.issue(common_name=None, organisation="", dns=["a.example.com"]).certificate

    assert "Subject Alternative Name: critical" in openssl.text(leaf)
    assert openssl.verify(leaf, trusted=top.chain, at=AT) == ""


def test_a_rekeyed_root_has_the_name_and_not_the_key(openssl, top):
    leaf = top.issue(common_name="a.example.com").certificate
    other = top.rekeyed()

    assert other.name == top.name
    assert openssl.verify(leaf, trusted=other.chain, at=AT) != ""
    assert openssl.verify(other.issue(common_name="a.example.com").certificate, trusted=other.chain, at=AT) == ""


def test_a_rekeyed_intermediate_keeps_its_issuer(openssl, top):
    issuing = top.intermediate("Issuing CA")
    leaf = issuing.issue(common_name="a.example.com").certificate
    other = issuing.rekeyed()

    assert other.chain[1:] == (top.certificate,)
    assert openssl.verify(leaf, trusted=other.chain, at=AT) != ""


def test_a_renewed_root_takes_over(openssl, top):
    old = root("Old Root", at=AT, not_after=AT - DAY)
    leaf = old.issue(common_name="a.example.com").certificate
    new = old.renewed(not_after=AT + DAY)

    assert "expired" in openssl.verify(leaf, trusted=old.chain, at=AT)
    assert openssl.verify(leaf, trusted=new.chain, at=AT) == ""


def test_a_cross_signed_root_leads_to_the_other_root(openssl, top):
    newcomer = root("New Root", at=AT)
    issuing = newcomer.intermediate("New Issuing CA")
    leaf = issuing.issue(common_name="a.example.com").certificate
    cross = top.cross_sign(newcomer)

    assert openssl.verify(leaf, trusted=top.chain, at=AT, sent=[issuing.certificate]) != ""
    assert openssl.verify(leaf, trusted=top.chain, at=AT, sent=[issuing.certificate, cross.certificate]) == ""
    assert cross.chain == (cross.certificate, top.certificate)


def test_a_crl_revokes_what_it_lists(openssl, top):
    good, bad = top.issue(common_name="good.example.com"), top.issue(common_name="bad.example.com")
    crl = top.crl([bad], this_update=AT - DAY, next_update=AT + DAY)

    assert openssl.verify(good.certificate, trusted=top.chain, at=AT, crl=crl) == ""
    assert "certificate revoked" in openssl.verify(bad.certificate, trusted=top.chain, at=AT, crl=crl)
    assert "CRL has expired" in openssl.verify(good.certificate, trusted=top.chain, at=AT + 2 * DAY, crl=crl)


def test_a_self_signed_node_certificate_stands_on_itself(openssl):
    node = self_signed("cucm1.example.com", at=AT, dns=["cucm1.example.com"])
    twin = self_signed("cucm1.example.com", at=AT, dns=["cucm1.example.com"])

    assert "Basic Constraints" not in openssl.text(node.certificate)
    # Not strict: keyCertSign without basicConstraints is how Unified CM makes them, against RFC 5280, 4.2.1.3.
    assert openssl.verify(node.certificate, trusted=[node.certificate], at=AT, strict=False) == ""
    assert openssl.verify(node.certificate, trusted=[twin.certificate], at=AT, strict=False) != ""
    assert "CA:FALSE" in openssl.text(self_signed("a.example.com", at=AT, ca=False).certificate)


def test_reissue_changes_what_is_asked_and_nothing_else(openssl, top):
    old = top.issue(common_name="a.example.com", dns=["a.example.com", "b.example.com"], usages=("server",))
    new = top.reissue(old, dns=["a.example.com"])

    assert new.certificate.subject == old.certificate.subject
    assert new.certificate.not_valid_after_utc == old.certificate.not_valid_after_utc
    assert openssl.carries(new.certificate, "a.example.com")
    assert not openssl.carries(new.certificate, "b.example.com")
    assert "purpose" in openssl.verify(new.certificate, trusted=top.chain, at=AT, purpose="sslclient")
    assert new.certificate.public_key() != old.certificate.public_key()
    assert top.reissue(old, common_name="c.example.com").certificate.subject.rfc4514_string() == (
        "CN=c.example.com,O=Example Corporation"
    )


def test_rsa_keys_come_in_turn(openssl, top):
    issued = [top.issue(common_name="a.example.com", key="rsa") for _ in range(RSA_POOL_SIZE + 1)]
    keys = [item.certificate.public_key() for item in issued]

    assert all(isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048 for key in keys)
    assert all(
        first != second for first in keys[:RSA_POOL_SIZE] for second in keys[:RSA_POOL_SIZE] if first is not second
    )
    assert keys[RSA_POOL_SIZE] == keys[0]
    assert openssl.verify(issued[0].certificate, trusted=top.chain, at=AT) == ""


def test_a_time_without_a_zone_is_refused(top):
    with pytest.raises(ValueError, match="no time zone"):
        root(at=AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no time zone"):
        top.issue(common_name="a.example.com", not_after=AT.replace(tzinfo=None))


def test_another_zone_means_the_same_moment(top):
    tokyo = datetime.fromisoformat("2026-11-01T19:30:00+09:00")

    assert root(at=tokyo).certificate.not_valid_after_utc == top.certificate.not_valid_after_utc
