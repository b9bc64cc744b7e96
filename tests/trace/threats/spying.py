"""Attacks on the secrets and the memory of other processes, and on what the fork left in its own."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact

SPYING = (
    Attack(
        "reading others' memory through /proc",
        """
        for victim in W["victims"]:
            def read():
                with open(f"/proc/{victim['pid']}/mem", "rb", buffering=0) as memory:
                    memory.seek(victim["address"])
                    print(memory.read(victim["size"]).decode(), flush=True)
            attempt(read)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "writing others' memory through /proc",
        """
        for victim in W["victims"]:
            def write():
                with open(f"/proc/{victim['pid']}/mem", "r+b", buffering=0) as memory:
                    memory.seek(victim["address"])
                    memory.write(b"overwritten")
            attempt(write)
        """,
        Fact.MEMORY,
    ),
    Attack(
        "searching all of its parents' memory",
        """
        def search_all(pid):
            with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                for line in maps:
                    first, last = (int(part, 16) for part in line.split()[0].split("-"))
                    if "rw-p" in line and last - first < 1 << 28:
                        memory.seek(first)
                        for secret in SECRET.findall(attempt(memory.read, last - first) or b""):
                            print(secret.decode(), flush=True)
        for pid in {os.getppid(), *W["pids"]}:
            attempt(search_all, pid)
        """,
        Fact.SECRECY,
        wall_s=4.0,
    ),
    Attack(
        "process_vm_readv",
        """
        for victim in W["victims"]:
            buffer = ctypes.create_string_buffer(victim["size"])
            here = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), victim["size"])
            there = (ctypes.c_uint64 * 2)(victim["address"], victim["size"])
            if call(310, victim["pid"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
                print(buffer.value.decode(), flush=True)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "process_vm_writev",
        """
        for victim in W["victims"]:
            buffer = ctypes.create_string_buffer(b"overwritten")
            here = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 11)
            there = (ctypes.c_uint64 * 2)(victim["address"], 11)
            call(311, victim["pid"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        """,
        Fact.MEMORY,
    ),
    Attack(
        "ptrace",
        """
        for pid in W["pids"]:
            if call(101, 0x4206, pid, 0, 0) == 0:  # PTRACE_SEIZE
                gained(f"tracing of {pid}")
                call(101, 17, pid, 0, 0)
        """,
        Fact.GAIN,
    ),
    Attack(
        "environments of others",
        """
        for name in os.listdir("/proc"):
            if name.isdigit():
                attempt(search, f"/proc/{name}/environ")
        for pid in W["pids"]:
            attempt(search, f"/proc/{pid}/environ")
        """,
        Fact.SECRECY,
    ),
    Attack(
        "secrets in its own environment",
        """
        print(dict(os.environ), flush=True)
        attempt(search, "/proc/self/environ")
        libc.getenv.restype = ctypes.c_char_p
        print(libc.getenv(b"AIMO_TEST_SECRET"), flush=True)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "secrets left in its own memory by the fork",
        """
        def search_self():
            with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
                for line in maps:
                    first, last = (int(part, 16) for part in line.split()[0].split("-"))
                    if "rw-p" in line and last - first < 1 << 28:
                        memory.seek(first)
                        for secret in SECRET.findall(attempt(memory.read, last - first) or b""):
                            print(secret.decode(), flush=True)
        attempt(search_self)
        import gc
        for thing in gc.get_objects():
            if type(thing) in (list, dict, tuple) and len(thing) < 100_000:
                for part in thing.values() if type(thing) is dict else thing:
                    text = part.encode("utf-8", "replace") if type(part) is str else part
                    if type(text) in (bytes, bytearray):
                        for secret in SECRET.findall(text):
                            print(secret.decode(), flush=True)
        """,
        Fact.SECRECY,
        wall_s=4.0,
    ),
    Attack(
        "the stack page where the kernel keeps the environment",
        """
        with open("/proc/self/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        first, last = int(fields[47]), int(fields[48])  # env_start, env_end
        for secret in SECRET.findall(ctypes.string_at(first, last - first)):
            print(secret.decode(), flush=True)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "inherited descriptors",
        """
        for fd in range(3, 1024):
            if attempt(os.fstat, fd) is None:
                continue
            def read():
                os.set_blocking(fd, False)
                print(os.pread(fd, 4096, 0).decode("utf-8", "replace"), flush=True)
            attempt(read)
            attempt(os.pwrite, fd, b"overwritten", 0)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "descriptors of others through /proc",
        """
        for pid in {os.getppid(), *W["pids"]}:
            for fd in attempt(os.listdir, f"/proc/{pid}/fd") or range(3, 40):
                link = attempt(os.readlink, f"/proc/{pid}/fd/{fd}") or ""
                if "socket" not in link and "pipe" not in link:
                    attempt(search, f"/proc/{pid}/fd/{fd}")
        """,
        Fact.SECRECY,
    ),
    Attack(
        "descriptors of others through pidfd_getfd",
        """
        for pid in {os.getppid(), *W["pids"]}:
            pidfd = call(434, pid, 0)
            for fd in range(64):
                if pidfd >= 0 and call(438, pidfd, fd, 0) >= 0:
                    gained(f"descriptor {fd} of {pid}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "root, working folder and command line of others",
        """
        for pid in {os.getppid(), *W["pids"]}:
            for what in ("root", "cwd"):
                if attempt(os.listdir, f"/proc/{pid}/{what}/"):
                    gained(f"{what} of {pid}")
            if attempt(lambda: open(f"/proc/{pid}/cmdline").read()):
                gained(f"command line of {pid}")
        """,
        Fact.GAIN,
    ),
)
