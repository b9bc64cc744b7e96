"""Attacks that multiply, or that become another program."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact

BOMBS = (
    Attack(
        "a fork bomb",
        """
        for _ in range(8):
            attempt(os.fork)
        time.sleep(60)
        """,
        Fact.PROCESSES,
        wall_s=0.5,
        cell=True,
    ),
    Attack(
        "a grandchild in a session of its own, ignoring TERM",
        """
        born, bear = os.pipe()
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.fork() == 0:
                os.write(bear, b"x")
                time.sleep(60)
            os._exit(0)
        os.read(born, 1)
        """,
        Fact.PROCESSES,
        wall_s=0.5,
        cell=True,
    ),
    Attack(
        "fork through the bare system call",
        """
        if call(57) == 0:
            time.sleep(60)
        """,
        Fact.PROCESSES,
        wall_s=0.5,
    ),
    Attack(
        "a clone that becomes its parent's child",
        """
        CLONE_PARENT = 0x8000
        if call(56, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0) == 0:
            time.sleep(60)
        """,
        Fact.PROCESSES,
        wall_s=0.5,
    ),
    Attack(
        "clone3",
        """
        arguments = (ctypes.c_uint64 * 8)()
        arguments[4] = signal.SIGCHLD
        if call(435, ctypes.byref(arguments), 64) == 0:
            time.sleep(60)
        """,
        Fact.PROCESSES,
        wall_s=0.5,
    ),
    Attack(
        "a shell",
        """
        import subprocess
        done = subprocess.run(["/bin/sh", "-c", "echo shell$((1+1))"], capture_output=True, text=True)
        if "shell2" in done.stdout:
            gained(done.stdout)
        """,
        Fact.GAIN,
    ),
    Attack(
        "another program in its own place",
        """
        os.execv("/bin/echo", ["echo", "GAINED"])
        """,
        Fact.GAIN,
    ),
    Attack(
        "a program from a nameless file",
        """
        fd = call(319, b"p", 0)
        os.write(fd, open("/bin/echo", "rb").read())
        arguments = (ctypes.c_char_p * 3)(b"echo", b"GAINED", None)
        call(322, fd, b"", arguments, (ctypes.c_char_p * 1)(None), 0x1000)
        """,
        Fact.GAIN,
    ),
)
