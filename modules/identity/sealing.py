"""Secrets that have to be read again are kept sealed: a copy of the database alone opens none of them."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet

from modules.identity.ports import Secrets


def seal(secrets: Secrets, purpose: str, plain: str) -> str:
    return _fernet(secrets, purpose).encrypt(plain.encode()).decode()


def unseal(secrets: Secrets, purpose: str, sealed: str) -> str:
    """What was sealed for this purpose. Raises cryptography's InvalidToken when the installation's secret is another now."""
    return _fernet(secrets, purpose).decrypt(sealed.encode()).decode()


def _fernet(secrets: Secrets, purpose: str) -> Fernet:
    return Fernet(urlsafe_b64encode(secrets.key(purpose)))
