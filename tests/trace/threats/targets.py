"""Files, folders and sockets that attacks aim at, and whether anything has happened to them."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import socket
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.trace.threats.victims import new_secret

# Where a program might leave something behind.
SHARED_FOLDERS = tuple(
    Path(name) for name in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/dev/mqueue")
)
_NAME_TO_HANDLE_AT, _MSGGET, _MSGCTL, _MQ_UNLINK = 303, 68, 71, 241
_KINDS = ("shm", "sem", "msg")


class Files:
    """A folder of canaries: root's own, readable by all, writable by all."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="canaries-"))
        self.root.chmod(0o755)
        self.secrets = {mode: new_secret() for mode in (0o600, 0o644)}
        self.secret_files = [
            self._file(f"weights-{mode:o}.bin", text, mode) for mode, text in self.secrets.items()
        ]
        self.open_file = self._file("notes.txt", "public", 0o666)
        self.open_folder = self.root / "open"
        self.open_folder.mkdir()
        self.open_folder.chmod(0o777)
        self.file_in_open_folder = self._file("open/data.csv", "1,2,3", 0o666)

    def _file(self, name: str, text: str, mode: int) -> Path:
        path = self.root / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def state(self) -> dict[str, tuple[object, ...]]:
        """Everything about every name below the root but the times of reading."""
        found: dict[str, tuple[object, ...]] = {}
        for path in (self.root, *self.root.rglob("*")):
            info = path.lstat()
            content = hashlib.sha256(_beginning(path)).hexdigest() if path.is_file() else ""
            attributes = tuple(os.listxattr(path, follow_symlinks=False))
            found[str(path)] = (
                info.st_mode,
                info.st_uid,
                info.st_mtime_ns,
                info.st_nlink,
                info.st_size,
                content,
                attributes,
            )
        return found

    def remember(self) -> None:
        """From now on, this is how it should be."""
        self._before = self.state()

    def untouched(self) -> bool:
        """True while all is as it was remembered."""
        return self.state() == self._before

    def handle(self) -> str:
        """The first secret file's handle (struct file_handle) in hexadecimal digits."""
        handle = (ctypes.c_uint32 * 34)(128)
        mount = ctypes.c_int()
        path = str(self.secret_files[0]).encode()
        ctypes.CDLL(None).syscall(
            _NAME_TO_HANDLE_AT, -100, path, ctypes.byref(handle), ctypes.byref(mount), 0
        )
        return bytes(handle)[: 8 + handle[0]].hex()

    def close(self) -> None:
        """Remove them."""
        shutil.rmtree(self.root, ignore_errors=True)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(1 << 16)


class Listeners:
    """Sockets of every kind that a program could reach without leaving the machine; nothing may arrive."""

    def __init__(self, name: str, folder: Path) -> None:
        self._stack = ExitStack()
        self._servers: list[socket.socket] = []
        self._datagrams: list[socket.socket] = []
        self.abstract, self.path = name, folder / "socket"
        tcp = self._listening(socket.AF_INET, ("127.0.0.1", 0))
        self.tcp_port: int = tcp.getsockname()[1]
        with suppress(OSError):  # no IPv6 on this machine
            self._listening(socket.AF_INET6, ("::1", self.tcp_port))
        self._listening(socket.AF_UNIX, "\0" + name)
        self._listening(socket.AF_UNIX, str(self.path))
        self.path.chmod(0o777)
        udp = self._bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self.udp_port: int = udp.getsockname()[1]
        self._bound(socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{name}-datagram")

    def _bound(self, family: int, kind: int, address: object) -> socket.socket:
        line = self._stack.enter_context(socket.socket(family, kind))
        line.setblocking(False)
        line.bind(address)  # type: ignore[arg-type]  # its type depends on the family
        if kind == socket.SOCK_DGRAM:
            self._datagrams.append(line)
        return line

    def _listening(self, family: int, address: object) -> socket.socket:
        line = self._bound(family, socket.SOCK_STREAM, address)
        line.listen(16)
        self._servers.append(line)
        return line

    def arrived(self) -> int:
        """Connections and datagrams since the last look."""
        return sum(_drain(line.accept) for line in self._servers) + sum(
            _drain(lambda line=line: (line.recv(99), line)) for line in self._datagrams
        )

    def close(self) -> None:
        """Stop listening."""
        self._stack.close()


def _drain(take: object) -> int:
    count = 0
    with suppress(BlockingIOError):
        while True:
            taken = take()  # type: ignore[operator]
            if isinstance(taken[0], socket.socket):
                taken[0].close()
            count += 1
    return count


class Leftovers:
    """Names, System V objects and queues that carry an attack's token."""

    def __init__(self, token: str, key: int) -> None:
        self._token, self._key = token, key
        self._libc = ctypes.CDLL(None)

    def _names(self) -> list[Path]:
        folders = [folder for folder in SHARED_FOLDERS if folder.is_dir()]
        return [path for folder in folders for path in folder.glob(f"*{self._token}*")]

    def _segments(self) -> list[tuple[str, int]]:
        return [
            (kind, int(line.split()[1]))
            for kind in _KINDS
            for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            if int(line.split()[0]) == self._key
        ]

    def remove(self) -> bool:
        """Clear away what is there; True when there was anything."""
        names, segments = self._names(), self._segments()
        for path in names:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for kind, identifier in segments:
            self._remove_segment(kind, identifier)
        queue = self._libc.syscall(_MQ_UNLINK, self._token.encode()) == 0
        return bool(names or segments or queue)

    def _remove_segment(self, kind: str, identifier: int) -> None:
        IPC_RMID = 0
        if kind == "sem":
            self._libc.semctl(identifier, 0, IPC_RMID)
        else:
            (self._libc.shmctl if kind == "shm" else self._libc.msgctl)(identifier, IPC_RMID, None)


class Segment:
    """A System V segment of the parent with a secret in it, readable by everybody."""

    def __init__(self) -> None:
        self.secret = new_secret()
        self._libc = ctypes.CDLL(None)
        self._libc.shmat.restype = ctypes.c_void_p
        self._libc.shmdt.argtypes = (ctypes.c_void_p,)
        self.identifier: int = self._libc.shmget(0, 4096, 0o1644)
        where = self._libc.shmat(self.identifier, None, 0)
        ctypes.memmove(where, self.secret.encode(), len(self.secret))
        self._libc.shmdt(where)

    def close(self) -> None:
        """Remove it."""
        self._libc.shmctl(self.identifier, 0, None)
