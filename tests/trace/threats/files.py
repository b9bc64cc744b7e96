"""Attacks on files: those of root, of others and of the project, and folders that everybody may fill."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact

READING = (
    Attack(
        "files of root and of others",
        """
        for path in W["secret_files"]:
            attempt(search, path)
            attempt(search, "/proc/self/root" + path)
            attempt(search, f"/proc/{os.getppid()}/root" + path)
            attempt(search, f"/proc/thread-self/../../../../..{path}")
        """,
        Fact.SECRECY,
    ),
    Attack(
        "names in others' folders",
        """
        for folder in (os.path.dirname(W["secret_files"][0]), os.path.expanduser("~"), W["project"], "/tmp"):
            if attempt(os.listdir, folder):
                gained(f"names in {folder}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "files through a symbolic or a hard link",
        """
        for number, path in enumerate(W["secret_files"]):
            for link in (os.symlink, os.link):
                name = f"{W['open_folder']}/{W['token']}-{link.__name__}-{number}"
                attempt(link, path, name)
                attempt(search, name)
                name = f"{W['token']}-{link.__name__}-{number}"
                attempt(link, path, name)
                attempt(search, name)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "files by handle instead of by name",
        """
        # file_handle: bytes, type, then the handle; CAP_DAC_READ_SEARCH opens it without walking the path.
        handle = (ctypes.c_uint32 * 34)(128)
        mount = ctypes.c_int()
        path = W["secret_files"][0].encode()
        call(303, -100, path, ctypes.byref(handle), ctypes.byref(mount), 0)
        if handle[0] == 128:  # the name was refused: a handle made outside, as one may guess inode numbers
            ctypes.memmove(handle, bytes.fromhex(W["file_handle"]), len(W["file_handle"]) // 2)
        for place in ("/", ".", sys.prefix, "/proc/self"):
            fd = attempt(os.open, place, os.O_RDONLY | os.O_DIRECTORY)
            opened = -1 if fd is None else call(304, fd, ctypes.byref(handle), os.O_RDONLY)
            if opened >= 0:
                print(os.read(opened, 4096).decode("utf-8", "replace"), flush=True)
        """,
        Fact.SECRECY,
    ),
    Attack(
        "the password files",
        """
        for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname"):
            if attempt(lambda: open(path).read()):
                gained(path)
        """,
        Fact.GAIN,
    ),
    Attack(
        "the project's own source",
        """
        for name in ("config.py", "pipeline.py", "__init__.py"):
            if attempt(lambda: open(f"{W['project']}/{name}").read()):
                gained(name)
        """,
        Fact.GAIN,
    ),
    Attack(
        "the pipeline's own modules",
        """
        sys.path.insert(0, os.path.dirname(W["project"]))
        if attempt(__import__, "aimo_pipeline.config") or attempt(__import__, "aimo_pipeline.answer"):
            gained("import")
        if [name for name, module in sys.modules.items() if name.startswith("aimo_pipeline") and module]:
            gained("modules already there")
        """,
        Fact.GAIN,
    ),
    Attack(
        "devices",
        """
        for path in ("/dev/vda", "/dev/sda", "/dev/kmsg", "/dev/mem", "/dev/kvm", "/dev/fuse", "/dev/tty0"):
            fd = attempt(os.open, path, os.O_RDONLY | os.O_NONBLOCK)
            if fd is not None:
                gained(path)
        for folder in (".", W["open_folder"], "/tmp", "/dev/shm"):
            node = f"{folder}/{W['token']}-node"
            attempt(os.mknod, node, 0o600 | 0o060000, os.makedev(1, 0))
            if os.path.exists(node):
                gained(f"a device in {folder}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "the command lines of everybody",
        """
        for name in set(attempt(os.listdir, "/proc") or ()) - {str(os.getpid())}:
            if name.isdigit() and attempt(lambda: open(f"/proc/{name}/cmdline").read()):
                gained("command lines")
                break
        """,
        Fact.GAIN,
    ),
)

WRITING = (
    Attack(
        "files that everybody may write",
        """
        for path in (W["open_file"], *W["secret_files"]):
            for way in ("w", "a", "r+"):
                attempt(lambda: open(path, way).write("overwritten"))
            attempt(os.truncate, path, 0)
        """,
        Fact.FILES,
    ),
    Attack(
        "new names in a folder that everybody may write",
        """
        folder = W["open_folder"]
        attempt(lambda: open(f"{folder}/{W['token']}", "w").write("x"))
        attempt(os.mkdir, f"{folder}/{W['token']}-folder")
        attempt(os.mkfifo, f"{folder}/{W['token']}-fifo")
        attempt(os.symlink, "/", f"{folder}/{W['token']}-link")
        attempt(lambda: socket.socket(socket.AF_UNIX).bind(f"{folder}/{W['token']}-socket"))
        """,
        Fact.FILES,
    ),
    Attack(
        "names removed or moved",
        """
        for path in (W["open_file"], W["file_in_open_folder"]):
            attempt(os.rename, path, path + "-moved")
            attempt(os.rename, path, W["token"] + "-moved")
            attempt(os.unlink, path)
        """,
        Fact.FILES,
    ),
    Attack(
        "owner, mode, times and attributes of files",
        """
        for path in (W["open_file"], *W["secret_files"], W["open_folder"]):
            attempt(os.chmod, path, 0o777)
            attempt(os.chown, path, 12, 12)
            attempt(os.utime, path, (1, 1))
            attempt(os.setxattr, path, "user.attack", b"x")
        """,
        Fact.FILES,
    ),
    Attack(
        "the libraries that the next program imports",
        """
        import numpy, sympy
        for module in (numpy, sympy, json, os):
            for path in (module.__file__, os.path.dirname(module.__file__)):
                if attempt(os.open, path, os.O_WRONLY) is not None:
                    gained(path)
            if attempt(os.utime, module.__file__, ns=None) or os.access(module.__file__, os.W_OK):
                gained(f"write access to {module.__file__}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "settings of the kernel",
        """
        for path in (
            "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
            "/proc/self/oom_score_adj", "/sys/fs/cgroup/cgroup.procs", "/proc/self/setgroups",
        ):
            if attempt(os.open, path, os.O_WRONLY) is not None:
                gained(path)
        """,
        Fact.GAIN,
    ),
)

FILLING = (
    Attack(
        "a huge file",
        """
        for folder in (".", W["open_folder"], "/tmp", "/var/tmp", "/dev/shm", "/run"):
            path = f"{folder}/{W['token']}-huge"
            def fill():
                with open(path, "wb", buffering=0) as stream:
                    for _ in range(64):
                        stream.write(b"x" * (1 << 20))
            attempt(fill)
            if os.path.exists(path) and os.path.getsize(path) > 32 << 20:
                gained(path)
        """,
        Fact.GAIN,
        wall_s=3.0,
    ),
    Attack(
        "a huge file with nothing in it",
        """
        for folder in (".", W["open_folder"], "/tmp", "/dev/shm"):
            path = f"{folder}/{W['token']}-sparse"
            fd = attempt(os.open, path, os.O_RDWR | os.O_CREAT)
            attempt(os.ftruncate, fd, 1 << 34)
            attempt(os.posix_fallocate, fd, 0, 64 << 20)
            if fd is not None and os.fstat(fd).st_size > 32 << 20:
                gained(path)
        """,
        Fact.GAIN,
        wall_s=3.0,
    ),
    Attack(
        "many files",
        """
        made = 0
        for folder in (".", W["open_folder"], "/tmp", "/dev/shm"):
            for number in range(600):
                fd = attempt(os.open, f"{folder}/{W['token']}-{number}", os.O_WRONLY | os.O_CREAT)
                if fd is None:
                    break
                os.close(fd)
                made += 1
        if made > 1_000:
            gained(f"{made} files")
        """,
        Fact.GAIN,
        wall_s=3.0,
    ),
    Attack(
        "many nested folders",
        """
        for folder in (".", W["open_folder"], "/tmp", "/dev/shm"):
            path = f"{folder}/{W['token']}-nest"
            for depth in range(500):
                if attempt(os.mkdir, path) is None and not os.path.isdir(path):
                    break
                path += "/d"
            else:
                gained(f"folders in {folder}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "/tmp and /dev/shm",
        """
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/dev/mqueue"):
            attempt(lambda: open(f"{folder}/{W['token']}-file", "wb").write(b"x" * 1024))
        """,
        Fact.LEFTOVERS,
    ),
)
