"""Attacks on the way back: the result's descriptor, the result itself, and what the next program finds."""

from __future__ import annotations

from tests.trace.threats.attack import RAN, TIMED_OUT, Attack, Fact

FORGING = (
    Attack(
        "a result that pickles code",
        """
        class Evil:
            def __reduce__(self):
                return (os.system, (f"touch {W['open_folder']}/{W['token']}-pickled",))
        import pickle
        for fd in range(3, 64):
            attempt(os.write, fd, pickle.dumps(Evil()))
        Evil()
        """,
        None,
        wall_s=0.4,
        silent=True,
        cell=True,
    ),
    Attack(
        "forged results",
        """
        lines = [
            {"outcome": "ran", "stdout": "forged", "value": "forged"}, {"term": "0x1"}, {"pid": 1}, [], 1e999,
            {"kind": 1, "message": None, "line": "x", "stdout": {"a": []}}, {"stdout": "\\ud800"},
            {"ok": True, "type": "ready", "value": 10**5000},
        ]
        sys.set_int_max_str_digits(0)
        for fd in range(3, 64):
            for line in lines:
                attempt(os.write, fd, json.dumps(line).encode() + b"\\n")
        """,
        None,
        silent=True,
        cell=True,
    ),
    Attack(
        "malformed results",
        """
        for fd in range(3, 64):
            for junk in (b"\\xff\\xfe\\n", b"[" * 99_999, b"{\\n", b"\\0" * 8, b"\\xff" * 8, b"9" * 99_999):
                attempt(os.write, fd, junk)
        """,
        None,
        silent=True,
        cell=True,
    ),
    Attack(
        "a well-formed result of many megabytes",
        """
        text = "x" * (6 << 20)
        error = {"kind": text, "message": text, "line": -1, "traceback": text}
        for frame in ({"value": text, "number": 1}, {"error": error, "number": 2}):
            body = json.dumps(frame).encode()
            for fd in range(3, 64):
                attempt(os.write, fd, struct.pack("!I", len(body)) + body)
        """,
        None,
        wall_s=2.0,
        silent=True,
        cell=True,
    ),
    Attack(
        "texts that cannot be encoded",
        """
        class Odd:
            def __repr__(self): return "\\ud800"
        print("\\udcff", "\\ud800", flush=True)
        Odd()
        """,
        None,
        cell=True,
    ),
    Attack(
        "an error that cannot be encoded",
        'raise type("Odd\\ud800", (Exception,), {})("\\ud800")',
        None,
        cell=True,
    ),
    Attack(
        "a result of a gigabyte",
        """
        for fd in range(3, 64):
            def flood():
                for _ in range(1 << 10):
                    os.write(fd, b"x" * (1 << 20))
            attempt(flood)
        """,
        None,
        wall_s=2.0,
        silent=True,
        cell=True,
    ),
    Attack("every descriptor closed", "os.closerange(0, 1 << 16)", None, silent=True, cell=True),
    Attack(
        "a result, and then no end",
        """
        for fd in range(3, 64):
            attempt(os.write, fd, b'{"outcome": "ran", "stdout": "", "value": null}\\n')
        os.closerange(0, 64)
        while True: time.sleep(1)
        """,
        None,
        wall_s=0.4,
        silent=True,
        cell=True,
    ),
    Attack("an end without a result", "os._exit(0)", None, silent=True, cell=True),
    Attack("an end by its own hand", "os.kill(os.getpid(), signal.SIGKILL)", None, silent=True, cell=True),
    Attack(
        "SystemExit with something strange",
        """
        class Strange(SystemExit):
            code = property(lambda self: 1 / 0)
            def __str__(self): raise self
        raise Strange(b"x", [])
        """,
        None,
        cell=True,
    ),
    Attack(
        "an exception that lies about itself",
        """
        class Meta(type):
            def __instancecheck__(cls, other): raise SystemExit
            __name__ = property(lambda cls: 1 / 0)
        class Evil(BaseException, metaclass=Meta):
            __traceback__ = property(lambda self: 1 / 0)
            __cause__ = property(lambda self: self)
            __context__ = property(lambda self: self)
            def __str__(self): return "x" * 10**7
            def __repr__(self): raise KeyboardInterrupt
        raise Evil
        """,
        None,
        cell=True,
    ),
    Attack(
        "a value whose text does not come to an end",
        """
        class Endless:
            def __repr__(self):
                while True: pass
        Endless()
        """,
        None,
        frozenset({RAN, TIMED_OUT}),
        0.3,
        cell=True,
    ),
    Attack(
        "descriptors thrown at the parent",
        """
        import array
        for fd in range(3, 64):
            for _ in range(20):
                line = attempt(socket.socket, -1, -1, -1, fd)
                gift = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 50))]
                if line is not None:
                    attempt(line.sendmsg, [b"x"], gift)
                    line.detach()
        """,
        None,
        silent=True,
    ),
    Attack(
        "standard input, output and error swapped",
        """
        for fd in range(3, 64):
            attempt(os.dup2, 1, fd)
            attempt(os.dup2, fd, 1)
        print("x" * 100)
        """,
        None,
        wall_s=0.4,
        silent=True,
        cell=True,
    ),
    Attack(
        "the fork server's own frames and objects",
        """
        import gc
        frame = sys._getframe()
        while frame is not None:
            for value in list(frame.f_globals.values()) + list(frame.f_locals.values()):
                if type(value).__name__ == "socket" or "canary-" in attempt(repr, value)[:10_000]:
                    attempt(value.send, b'{"stop": true}') if hasattr(value, "send") else None
            frame = frame.f_back
        for thing in gc.get_objects():
            if isinstance(thing, socket.socket):
                attempt(thing.send, b"\\xff" * 64)
        """,
        None,
        silent=True,
        wall_s=3.0,
        cell=True,
    ),
    Attack(
        "a seccomp filter that fails the harness's own calls",
        """
        program = struct.pack("HBBI", 0x06, 0, 0, 0x00050001)  # return ERRNO(EPERM) whatever the call
        buffer = ctypes.create_string_buffer(program)
        header = struct.pack("HxxxxxxP", 1, ctypes.addressof(buffer))
        libc.prctl(38, 1, 0, 0, 0)
        libc.prctl(22, 2, ctypes.create_string_buffer(header), 0, 0)
        """,
        None,
        wall_s=0.5,
        silent=True,
        cell=True,
    ),
)

TAMPERING = (
    Attack(
        "modules that the next program uses",
        """
        import builtins, math, numpy, sympy
        math.sqrt = lambda value: 3
        numpy.arange = sympy.factor = lambda *_: 0
        builtins.len = lambda _: 7
        json.dumps = lambda _: "tampered"
        sys.modules["fractions"] = json
        """,
        Fact.NEXT,
    ),
    Attack(
        "the interpreter's state",
        """
        sys.setrecursionlimit(50_000)
        sys.set_int_max_str_digits(0)
        sys.path.insert(0, W["open_folder"])
        os.umask(0)
        attempt(os.chdir, "/")
        os.environ["TAMPERED"] = "yes"
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        attempt(os.nice, 5)
        import decimal, random
        decimal.getcontext().prec = 3
        random.seed(1)
        """,
        Fact.NEXT,
    ),
    Attack(
        "small integers and interned objects",
        """
        # The value field of the cached int 7, right behind its header.
        ctypes.c_uint32.from_address(id(7) + 24).value = 8
        """,
        Fact.NEXT,
        silent=True,
    ),
    Attack(
        "memory shared with the fork server",
        """
        # Anything in a shared writable mapping outlives this process.
        with open("/proc/self/maps") as maps:
            for line in maps:
                if " rw-s " in line:
                    first, last = (int(part, 16) for part in line.split()[0].split("-"))
                    gained(f"a shared mapping of {last - first} bytes")
                    ctypes.memset(first, 0xFF, last - first)
        """,
        None,
        silent=True,
    ),
    Attack(
        "code pages of libraries on disk",
        """
        import numpy
        libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        with open("/proc/self/maps") as maps:
            for line in maps:
                if "libm.so" in line and " r-xp " in line:
                    first, last = (int(part, 16) for part in line.split()[0].split("-"))
                    libc.mprotect(first, last - first, 7)
                    ctypes.memset(first, 0xCC, last - first)
        """,
        Fact.NEXT,
        silent=True,
    ),
)
