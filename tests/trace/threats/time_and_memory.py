"""Attacks on time, memory and output: programs that do not end, or that grow until something breaks."""

from __future__ import annotations

from tests.trace.threats.attack import CRASHED, KILLED, RAN, TIMED_OUT, Attack, Fact

_TIME = frozenset({TIMED_OUT})
_MEMORY = frozenset({CRASHED, KILLED})
_OUTPUT = frozenset({KILLED})

ENDLESS = (
    Attack("a loop without end", "while True: pass", Fact.END, _TIME, 0.3, cell=True),
    Attack("an endless loop inside C", "import itertools; sum(itertools.repeat(1))", Fact.END, _TIME, 0.3),
    Attack("a huge power", "9**9**9", Fact.END, _TIME | _MEMORY, 0.3, cell=True),
    Attack("a backtracking regular expression", "re.match('(a+)+$', 'a' * 60 + 'b')", Fact.END, _TIME, 0.3),
    Attack("sleeping", "time.sleep(3600)", Fact.END, _TIME, 0.3),
    Attack("stopping itself", "os.kill(os.getpid(), signal.SIGSTOP)", Fact.END, wall_s=0.3, cell=True),
    Attack(
        "ignoring every signal",
        """
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            attempt(signal.signal, number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True: pass
        """,
        Fact.END,
        _TIME,
        0.3,
        cell=True,
    ),
    Attack(
        "catching everything that ends it",
        """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """,
        Fact.END,
        _TIME,
        0.3,
        cell=True,
    ),
    Attack(
        "work after the end: exit handlers, destructors, threads",
        """
        import atexit
        def stay():
            while True: time.sleep(0.01)
        class Last:
            def __del__(self): stay()
        atexit.register(stay)
        last = Last()
        last.itself = last
        threading.Thread(target=stay).start()
        """,
        None,
        wall_s=0.5,
    ),
    Attack(
        "a deadlock that holds the import lock",
        """
        import _imp
        _imp.acquire_lock()
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
        """,
        Fact.END,
        _TIME,
        0.3,
        cell=True,
    ),
)

MEMORY = (
    Attack(
        "all memory at once",
        "held = b'x' * (768 << 20); gained('memory')",
        Fact.GAIN,
        _MEMORY,
        5.0,
        cell=True,
    ),
    Attack(
        "memory bit by bit",
        """
        held = []
        for _ in range(96):
            held.append(bytearray(b"x") * (8 << 20))
        gained("memory")
        """,
        Fact.GAIN,
        _MEMORY,
        5.0,
    ),
    Attack(
        "memory below the allocator",
        """
        import mmap
        held = []
        for _ in range(24):
            held.append(mmap.mmap(-1, 32 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
            held[-1].write(b"x" * (32 << 20))
        gained("memory")
        """,
        Fact.GAIN,
        _MEMORY,
        5.0,
    ),
    Attack(
        "memory spread over many processes",
        """
        ready, tell = os.pipe()
        for _ in range(6):
            if attempt(os.fork) == 0:
                held = bytearray(b"x") * (120 << 20)
                os.write(tell, b"x")
                time.sleep(60)
        os.close(tell)
        held = 0
        while held < 6 and os.read(ready, 1):
            held += 1
        if held == 6:
            gained("six times 120 MB")
        """,
        Fact.GAIN,
        wall_s=4.0,
        cell=True,
    ),
    Attack(
        "memory in a nameless file",
        """
        fd = call(319, b"held", 0)
        for _ in range(256):
            os.write(fd, b"x" * (1 << 20))
        gained("memory")
        """,
        Fact.GAIN,
        wall_s=3.0,
    ),
    Attack(
        "its own limits lifted",
        """
        import resource
        lifted = 0
        for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
            number = getattr(resource, name)
            before = resource.getrlimit(number)
            wanted = (1 << 20, 1 << 20) if name == "RLIMIT_NOFILE" else (resource.RLIM_INFINITY,) * 2
            attempt(resource.setrlimit, number, wanted)
            after = resource.getrlimit(number)
            lifted += after[1] not in (before[1],)
        if lifted or resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY:
            gained("limits")
        """,
        Fact.GAIN,
    ),
    Attack(
        "threads until none starts",
        """
        started = 0
        def stay(): time.sleep(60)
        try:
            for started in range(1, 600):
                threading.Thread(target=stay, daemon=True).start()
            gained("threads")
        except (RuntimeError, MemoryError):
            pass
        """,
        Fact.GAIN,
        wall_s=3.0,
    ),
    Attack(
        "recursion through the C stack",
        """
        sys.setrecursionlimit(768 << 20)
        class Deep:
            def __repr__(self): return repr(self)
        repr(Deep())
        """,
        Fact.END,
        frozenset({CRASHED, KILLED}),
        5.0,
        cell=True,
    ),
    Attack("a wild pointer", "ctypes.string_at(8)", Fact.END, frozenset({CRASHED, KILLED}), cell=True),
    Attack("abort with a core dump", "os.abort()", Fact.END, frozenset({CRASHED, KILLED})),
)

OUTPUT = (
    Attack(
        "a flood of lines",
        "for _ in range(1 << 22): print('x' * 1000)",
        Fact.END,
        _OUTPUT,
        3.0,
        cell=True,
    ),
    Attack(
        "a flood past Python's buffers",
        """
        for _ in range(1 << 12):
            os.write(1, b"x" * (1 << 20))
        """,
        Fact.END,
        wall_s=3.0,
    ),
    Attack(
        "a flood of errors",
        "for _ in range(1 << 12): sys.stderr.write('x' * (1 << 20))",
        None,
        wall_s=3.0,
    ),
    Attack("a value of 30 MB", "'x' * 30_000_000", None, frozenset({RAN, KILLED, CRASHED}), 5.0, cell=True),
    Attack("an error message of 30 MB", "raise ValueError('x' * 30_000_000)", None, wall_s=5.0, cell=True),
    Attack("an integer of ten million digits", "print(10**9_999_999)", None, wall_s=0.4, cell=True),
)
