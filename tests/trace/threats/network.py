"""Attacks that look for a way out: loopback, other protocols, other system-call tables."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact

# Code for the 32-bit table of system calls, which a filter that knows only the 64-bit numbers lets through.
_INT80 = """
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
MAP_32BIT = 0x40
page = libc.mmap(None, 8192, 7, 0x22 | MAP_32BIT, -1, 0)  # readable, writable, executable
def int80(number, *arguments):
    values = (number, *arguments, 0, 0, 0)[:4]
    code = b"\\x53" + b"".join(
        bytes([move]) + struct.pack("<I", value & 0xFFFFFFFF)
        for move, value in zip((0xB8, 0xBB, 0xB9, 0xBA), values)
    ) + b"\\xcd\\x80\\x5b\\xc3"
    ctypes.memmove(page, code, len(code))
    return ctypes.CFUNCTYPE(ctypes.c_int)(page)()
def low(data):
    ctypes.memmove(page + 4096, data, len(data))
    return page + 4096
"""

NETWORK = (
    Attack(
        "a connection to a loopback port",
        """
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            def connect():
                with socket.socket(family) as line:
                    line.settimeout(0.2)
                    line.connect((host, W["tcp_port"]))
                    line.send(b"out")
            attempt(connect)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "a datagram",
        """
        def send():
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", ("127.0.0.1", W["udp_port"]))
        attempt(send)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "a connection opened while sending: TCP fast open",
        """
        def send():
            socket.socket().sendto(b"out", 0x20000000, ("127.0.0.1", W["tcp_port"]))
        attempt(send)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "an abstract socket",
        """
        def connect():
            socket.socket(socket.AF_UNIX).connect("\\0" + W["abstract"])
        def send():
            line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            line.sendto(b"out", "\\0" + W["abstract"] + "-datagram")
        attempt(connect)
        attempt(send)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "a socket with a path",
        """
        def connect():
            socket.socket(socket.AF_UNIX).connect(W["unix_path"])
        attempt(connect)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "a datagram through a socket pair",
        """
        def send():
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            here.sendto(b"out", "\\0" + W["abstract"] + "-datagram")
        def connect():
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            here.connect("\\0" + W["abstract"] + "-datagram")
            here.send(b"out")
        attempt(send)
        attempt(connect)
        """,
        Fact.NETWORK,
    ),
    Attack(
        "a server of its own",
        """
        def listen():
            server = socket.create_server(("127.0.0.1", 0))
            gained(server.getsockname())
        attempt(listen)
        """,
        Fact.GAIN,
    ),
    Attack(
        "sockets of any other family",
        """
        for family in range(1, 46):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                if call(41, family, kind, 0) >= 0:
                    gained(f"a socket of family {family}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "a connection through the 32-bit table",
        _INT80
        + """
fd = int80(359, 2, 1, 0)
int80(362, fd, low(struct.pack("<H", 2) + struct.pack(">H4s8x", W["tcp_port"], bytes((127, 0, 0, 1)))), 16)
""",
        Fact.NETWORK,
        silent=True,
    ),
    Attack(
        "files through the 32-bit table",
        _INT80
        + """
for path in W["secret_files"]:
    fd = int80(5, low(path.encode() + b"\\0"), 0, 0)
    if fd >= 0:
        print(os.read(fd, 4096).decode(), flush=True)
""",
        Fact.SECRECY,
        silent=True,
    ),
    Attack(
        "a fork through the 32-bit table",
        _INT80
        + """
if int80(2) == 0:
    time.sleep(60)
""",
        Fact.PROCESSES,
        wall_s=0.5,
        silent=True,
    ),
    Attack(
        "a connection through the x32 table",
        """
        fd = call(0x40000000 | 41, 2, 1, 0)
        if fd >= 0:
            gained("a socket")
        if call(0x40000000 | 39) == os.getpid():
            gained("the x32 table")
        """,
        None,  # kernels without CONFIG_X86_X32_ABI answer ENOSYS to everybody
        silent=True,
    ),
)
