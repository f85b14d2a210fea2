/** As `CAPTURE_PERL`, for hosts with Python 3 and without Perl (Red Hat's minimal installation). */
export const CAPTURE_PYTHON = String.raw`
import ctypes, json, select, signal, socket, struct, sys, time
limit, seconds, dev, clear_filter, enc_filter, nets = sys.argv[1:7]
signal.alarm(int(limit))
nets = [tuple(int(n) for n in net.split(",")) for net in nets.split(";") if net]
def say(value):
    print(json.dumps(value, separators=(",", ":")), flush=True)
kept = []
def tap(text):
    s = socket.socket(17, socket.SOCK_DGRAM, 0)
    code = [struct.pack("HBBI", *(int(n) for n in line.split(","))) for line in text.split(";")]
    buffer = ctypes.create_string_buffer(b"".join(code))
    kept.append(buffer)
    s.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HP", len(code), ctypes.addressof(buffer)))
    s.setsockopt(socket.SOL_SOCKET, 33, 8388608)
    s.bind((dev, 3))
    s.setblocking(False)
    return s
def inside(a):
    return any(first <= a <= last for first, last in nets)
def quad(a):
    return socket.inet_ntoa(struct.pack("!I", a))
try:
    clear, enc = tap(clear_filter), tap(enc_filter)
except OSError as why:
    say({"error": "capture on %s: %s" % (dev, why)})
    sys.exit(1)
counts, more, first = {"clear": {}, "encrypted": {}}, 0, None
def add(kind, key):
    global more
    table = counts[kind]
    if key in table or len(table) < 2000:
        table[key] = table.get(key, 0) + 1
    else:
        more += 1
def packets(s):
    while True:
        try:
            yield s.recv(256)
        except BlockingIOError:
            return
def drain():
    global first
    for data in packets(clear):
        src, dst = struct.unpack_from("!II", data, 12)
        bare = inside(src) and inside(dst)
        via, at = ("bare", 0) if bare else ("vxlan", (data[0] & 15) * 4 + 30)
        add("clear", (via, quad(src), quad(dst)))
        if first is None:
            a, b = struct.unpack_from("!II", data, at + 12)
            first = {"via": via, "src": quad(a), "dst": quad(b), "proto": data[at + 9]}
    for data in packets(enc):
        src, dst = struct.unpack_from("!II", data, 12)
        add("encrypted", (quad(src), quad(dst)))
say({"ready": "python3"})
stop, told = time.monotonic() + float(seconds), b""
while time.monotonic() < stop:
    ready = select.select([0, clear, enc], [], [], max(0, stop - time.monotonic()))[0]
    drain()
    if 0 in ready:
        import os
        more_text = os.read(0, 4096)
        told += more_text
        if not more_text or b"stop\n" in told:
            break
drain()
dropped = struct.unpack("II", clear.getsockopt(263, 6, 8))[1]
for kind in ("clear", "encrypted"):
    for key, n in sorted(counts[kind].items()):
        say({kind: list(key) + [n]})
if first:
    say({"first": first})
say({"end": 1, "dropped": dropped, "more": more})
`;
