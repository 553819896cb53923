"""Which account a server runs as, and folders that this account can use.

PostgreSQL refuses to run as root. No account is created and no foreign folder's permission is changed: as root the
server runs as the folder's owner, or as `nobody` when root owns the folder too.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

# sockaddr_un holds 108 bytes with the closing zero on Linux and 104 on macOS; the name of the socket file is included.
SOCKET_PATH_LIMIT = 103
NOBODY = pwd.getpwnam("nobody").pw_uid


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Hand over a path that we have just made."""
        if not self.is_me:
            os.chown(path, self.uid, self.gid)

    def may(self, mode: os.stat_result, bits: int) -> bool:
        """Whether the permission bits (4 read, 1 enter) are granted; supplementary groups are dropped, so not asked."""
        if mode.st_uid == self.uid:
            return mode.st_mode >> 6 & bits == bits
        if mode.st_gid == self.gid:
            return mode.st_mode >> 3 & bits == bits
        return mode.st_mode & bits == bits

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can enter the folder and all above it; asked only for another account than our own."""
        if self.is_me:
            return True
        folder = folder.resolve()
        return all(self.may(part.stat(), 1) for part in (folder, *folder.parents) if part.exists())


def server_account(folder: Path) -> Account:
    """The account for servers that keep their data below this folder, which must exist."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owner = folder.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return Account(NOBODY, pwd.getpwuid(NOBODY).pw_gid)


def private_folder(path: Path, account: Account) -> Path:
    """Make a folder for this account alone, mode 0700; a folder that belongs to someone else is refused."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{path} is not a folder")
    if found.st_uid not in (os.geteuid(), account.uid):
        raise PermissionError(f"{path} belongs to another user")
    account.own(path)
    path.chmod(0o700)
    return path


def passage(path: Path) -> Path:
    """Make a folder that other accounts may walk through but not list; what exists already is left as it is."""
    for part in (*reversed(path.parents), path):
        if not part.exists():
            part.mkdir()
            part.chmod(0o711)
    return path


def reachable_folder(wanted: Path, account: Account) -> Path:
    """The wanted folder, or one of the same meaning elsewhere when the account cannot enter what lies above it.

    Root's project may lie in a home folder with mode 0700; its servers' data then lies below /var/lib.
    """
    if account.can_enter(wanted.parent):
        return wanted
    return Path("/var/lib/busy") / _fingerprint(wanted.parent) / wanted.name


def socket_folder(near: Path, account: Account, longest_name: str) -> Path:
    """A private folder for a unix socket: beside the data, or in the temporary folder if that path is too long."""
    near = near.parent.resolve() / near.name
    if len(os.fsencode(near / longest_name)) <= SOCKET_PATH_LIMIT and account.can_enter(near.parent):
        return private_folder(near, account)
    short = Path(tempfile.gettempdir())
    if len(os.fsencode(short)) > 60 or not account.can_enter(short):
        short = Path("/tmp")  # noqa: S108 - made with mode 0700, and refused if another user made it
    return private_folder(short / f"busy-{account.uid}-{_fingerprint(near)}", account)


def remove(path: Path) -> None:
    """Remove a folder of ours, whatever of it is there."""
    shutil.rmtree(path, ignore_errors=True)


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
