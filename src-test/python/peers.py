"""What may listen on the daemon's socket: a good daemon, and the bad ones a plugin must survive."""
import os
import socket
import tempfile
import threading

GOOD = b'{"parameters":{}}\0'


class Peer:
    """A unix socket that treats every caller as `behaviour` says, in a thread; a context manager.

    `path` is where it listens, `requests` what the callers sent, `behaviour` a function of this
    peer and the connection.
    """

    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.requests = []
        self._directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self._directory.name, 'org.kmodkeeper')
        self._listener = socket.socket(socket.AF_UNIX)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # ends accept(), as close() does not
        self._thread.join()
        self._listener.close()
        self._directory.cleanup()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)  # no test waits for ever
                try:
                    self.behaviour(self, connection)
                except OSError:  # the caller has gone, as it should where the peer is a bad one
                    pass

    def read(self, connection):
        """Take what the caller sends up to and with the first NUL as a request."""
        request = b''
        while not request.endswith(b'\0'):
            piece = connection.recv(65536)
            if not piece:
                break
            request += piece
        self.requests.append(request)


def replies(*pieces):
    """A peer that reads the request, sends each of the pieces, and hangs up."""
    def behaviour(peer, connection):
        peer.read(connection)
        for piece in pieces:
            connection.sendall(piece)
    return behaviour


def says_nothing(peer, connection):
    """A peer that reads the request and never answers: it waits until the caller hangs up."""
    peer.read(connection)
    connection.recv(1)


def dribbles(peer, connection):
    """A peer that sends a byte each 5 ms, for ever: no single wait of the caller is long."""
    peer.read(connection)
    pause = threading.Event()
    while True:
        connection.sendall(b' ')
        pause.wait(0.005)


def floods(peer, connection):
    """A peer that sends for ever as fast as it can, and never a NUL."""
    peer.read(connection)
    while True:
        connection.sendall(b' ' * 4096)


def reads_little_and_leaves(_, connection):
    """A peer that goes away while the caller still has more to send than fits the socket."""
    connection.recv(1)
