"""Attacks on the sandbox of our own: code, by name.

Each prints `through(...)` when it got somewhere it should not. Before a run these words are replaced: @PARENT@ by
the supervisor's process id, @SECRET@ by a file of the host, @HOST@ by that file's folder (which is writable),
@HOME@ and @TEMPORARY@ by the learner's home and the folder for temporary files, which hold a file with the secret,
@ABSTRACT@ by the name of an abstract socket that listens, @VICTIM@ by the id of a process of the same user.
Nothing here does kill(-1), and every load is bounded in itself.
"""

PRELUDE = """
import os, sys
def through(what): print('THR' + 'OUGH', what)
def attempt(action, *values):
    try:
        result = action(*values)
    except BaseException as error:
        print(type(error).__name__, str(error)[:200])
        return None
    return result
def machine(): return os.uname().machine
def call(x86, arm, *values):
    import ctypes
    library = ctypes.CDLL(None, use_errno=True)
    values = [ctypes.c_long(v) if isinstance(v, int) else v for v in values]
    library.syscall.restype = ctypes.c_long
    result = library.syscall(ctypes.c_long(x86 if machine() == 'x86_64' else arm), *values)
    print('call', x86, result, ctypes.get_errno())
    return result
"""

ATTACKS = {
    "io_uring": """
import ctypes
if call(425, 425, 8, ctypes.create_string_buffer(256)) >= 0: through('a ring')
""",
    "memory_file_and_execute": """
import ctypes
handle = call(319, 279, b'program', 0)
if handle >= 0: through('a file without a folder')
path = ctypes.c_char_p(b'')
if call(322, 281, max(handle, 1), path, 0, 0, 0x1000) >= 0: through('execveat')
attempt(os.execv, sys.executable, [sys.executable, '-c', "print('THR' + 'OUGH')"])
""",
    "memory_secret": "if call(447, 447, 0) >= 0: through('memfd_secret')",
    "shared_memory_folder": """
if attempt(lambda: open('/dev/shm/own-attack', 'w').write('x')): through('/dev/shm')
from multiprocessing import shared_memory
if attempt(lambda: shared_memory.SharedMemory(create=True, size=4096)): through('shm_open')
""",
    "shared_memory_calls": """
import mmap
if attempt(mmap.mmap, -1, 4 << 20): through('a shared mapping')
if call(29, 194, 0, 4096, 0o1600) >= 0: through('shmget')
if call(240, 180, b'/own-attack', 0o102, 0o600, 0) >= 0: through('mq_open')
""",
    "abstract_socket": """
import socket
s = attempt(socket.socket, socket.AF_UNIX)
if s: attempt(s.connect, '\\0@ABSTRACT@'); through('a socket')
a, b = attempt(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM) or (None, None)
if a: attempt(a.sendto, b'x', '\\0@ABSTRACT@'); through('a datagram socket')
a, b = attempt(socket.socketpair) or (None, None)
if a:
    if attempt(a.sendto, b'x', '\\0@ABSTRACT@'): through('sendto')
    if attempt(a.connect, '\\0@ABSTRACT@') is None and attempt(a.bind, '\\0own-attack') is None: print('kept')
""",
    "netlink": "import socket\nif attempt(socket.socket, 16, socket.SOCK_RAW, 0): through('netlink')",
    "virtual_machine_socket": "import socket\nif attempt(socket.socket, 40, socket.SOCK_STREAM): through('vsock')",
    "packet_and_others": """
import socket
for family in (2, 10, 17, 38, 30, 44):
    for kind in (1, 2, 3, 5):
        if attempt(socket.socket, family, kind): through((family, kind))
""",
    "process_handle": """
for process in (@PARENT@, @VICTIM@, 1):
    handle = call(434, 434, process, 0)
    if handle >= 0:
        through('pidfd')
        call(424, 424, handle, 9, None, 0)
""",
    "traced_by_anybody": """
import ctypes
library = ctypes.CDLL(None, use_errno=True)
if library.prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0) == 0: through('PR_SET_PTRACER')
if library.prctl(1, 0, 0, 0, 0) == 0: through('PR_SET_PDEATHSIG off')
if library.ptrace(0, 0, 0, 0) == 0: through('PTRACE_TRACEME')
if library.ptrace(16, @PARENT@, 0, 0) == 0: through('PTRACE_ATTACH')
""",
    "signals_to_others": """
import signal
if attempt(os.setsid) is not None: through('setsid')
for action in (lambda: os.killpg(0, 0), lambda: os.kill(0, 0), lambda: os.kill(@PARENT@, 0),
               lambda: os.kill(@VICTIM@, 9)):
    try:
        action(); through('a signal')
    except OSError as error: print(error)
if call(129, 138, @PARENT@, 0, bytes(128)) >= 0: through('rt_sigqueueinfo')
if call(200, 130, @PARENT@, 0) >= 0: through('tkill')
""",
    "signals_by_input": """
import fcntl, signal
read, write = os.pipe()
for command, value in ((8, @VICTIM@), (10, 9), (15, bytes(8)), (1031, 1 << 20), (1024, 0), (0x402, 1)):
    try:
        fcntl.fcntl(read, command, value); through(command)
    except OSError as error: print(error)
""",
    "links": """
for make in (os.symlink, os.link):
    for number, name in enumerate(('figure.png', 'result.json', '.matplotlib/fontlist-v1.json')):
        if attempt(make, '@SECRET@', name + str(number)) is None and os.path.lexists(name + str(number)): through(make)
""",
    "swap_the_scratch_folder": """
here = os.getcwd()
for action in (lambda: os.rename(here, here + '-moved'), lambda: os.rename(here, '@HOST@/moved'),
               lambda: os.rmdir(here), lambda: os.rename('@SECRET@', 'secret'),
               lambda: os.replace('@SECRET@', here + '/secret')):
    try:
        action(); through('a move')
    except OSError as error: print(error)
""",
    "sparse_file": """
with open('sparse', 'wb') as file:
    try:
        file.truncate(1 << 40); through('1 TB')
    except OSError as error: print(error)
""",
    "folders_nobody_can_read": """
try: os.umask(0o777); through('umask')
except OSError as error: print(error)
try: os.mkdir('dark', 0); through('mkdir')
except OSError as error: print(error)
try: os.mkfifo('fifo'); through('mkfifo')
except OSError as error: print(error)
""",
    "forged_length": "for handle in range(3, 64): attempt(os.write, handle, b'\\xff\\xff\\xff\\xff' + b'A' * 1000)",
    "forged_nesting": """
import struct
body = b'[' * 200000
for handle in range(3, 64): attempt(os.write, handle, struct.pack('>I', len(body)) + body)
""",
    "forged_answer": """
import json, struct
body = json.dumps({'token': 'x', 'answer': {'status': 'ok', 'value': 'THR' + 'OUGH', 'figures': ['QUJD'] * 99,
                   'notes': [['no-such', 1], ['value-cut', '{0.__class__}']]}}).encode()
for handle in range(3, 64): attempt(os.write, handle, struct.pack('>I', len(body)) + body)
""",
    "forged_by_the_runner": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == 'CellRunner':
        type(thing).run = lambda *_: {'status': 'ok', 'value': ['THR' + 'OUGH'], 'figures': {'a': 1}, 'notes': 7}
""",
    "forged_pictures": """
import gc, struct, zlib
def chunk(kind, body): return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
bomb = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 100000, 100000, 8, 6, 0, 0, 0)) \\
    + chunk(b'IDAT', b'') + chunk(b'IEND', b'')
for thing in gc.get_objects():
    if type(thing).__name__ == 'Pictures': thing.taken = [bomb, b'GIF89a', b'']; thing.collect = lambda: None
""",
    "passing_handles": """
import array, socket
a, b = attempt(socket.socketpair) or (None, None)
if a:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))]
    for handle in range(3, 64):
        try:
            socket.socket(fileno=handle).sendmsg([b'x'], rights); through('sendmsg')
        except OSError: pass
""",
    "preloading": """
open('evil.so', 'wb').write(b'x')
os.environ['LD_PRELOAD'] = os.getcwd() + '/evil.so'
import subprocess
if attempt(subprocess.run, [sys.executable, '-c', '1']): through('a process')
if attempt(os.posix_spawn, sys.executable, [sys.executable, '-c', '1'], {}): through('posix_spawn')
""",
    "poisoned_start_files": """
import glob
for folder in [*sys.path, sys.prefix, os.path.dirname(os.__file__)]:
    for name in ('sitecustomize.py', 'usercustomize.py', 'own-attack.pth'):
        path = os.path.join(folder or '.', name)
        if attempt(lambda: open(path, 'w').write('import os')) and not path.startswith(os.getcwd()): through(path)
for path in glob.glob(os.path.dirname(os.__file__) + '/__pycache__/*.pyc')[:3]:
    if attempt(lambda: open(path, 'ab')): through(path)
""",
    "reading_the_home": """
for path in ('@SECRET@', '@HOST@', '@HOME@', '@TEMPORARY@', os.path.expanduser('~root/.cache'), '/root', '/home',
             '/etc/hostname', '/var', '/proc', '/proc/self/environ', '/sys/class', '/dev', '/run', '/tmp', '/boot',
             '/opt', os.path.expanduser('~'), os.getcwd()):
    try:
        print(os.listdir(path) if os.path.isdir(path) else open(path).read())
        # The own scratch folder may be read; behind WebAssembly it is made up and called /tmp, which is its home, too.
        # What shows there of the host is seen: a file with the secret in its name lies in the host's home and /tmp.
        if os.path.realpath(path) != os.path.realpath(os.getcwd()): through(path)
    except OSError as error: print(error)
""",
    "own_memory_file": """
for path in ('/proc/self/mem', '/proc/thread-self/mem', '/dev/mem', '/dev/kmem', '/proc/kcore', '/proc/self/maps'):
    if attempt(lambda: open(path, 'rb')): through(path)
""",
    "performance_counters": """
import ctypes
if call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0) >= 0: through('perf_event_open')
""",
    "own_filter": """
import ctypes, struct
step = ctypes.create_string_buffer(struct.pack('<HBBI', 6, 0, 0, 0x7fff0000), 8)
head = ctypes.create_string_buffer(struct.pack('<HxxxxxxQ', 1, ctypes.addressof(step)), 16)
for flags in (0, 8):
    if call(317, 277, 1, flags, head) >= 0: through('a filter')
if call(157, 167, 22, 2, head) >= 0: through('prctl')
""",
    "own_limits": """
import resource
for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE,
             resource.RLIMIT_CPU):
    for process in (0, os.getpid(), @PARENT@):
        try:
            resource.prlimit(process, kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); through((kind, process))
        except (OSError, ValueError) as error: print(error)
if attempt(lambda: resource.prlimit(@PARENT@, resource.RLIMIT_CPU)): through('limits of another')
if attempt(lambda: os.sched_setaffinity(@VICTIM@, {0}) or 1): through('affinity')
if attempt(lambda: os.setpriority(os.PRIO_PROCESS, @VICTIM@, 19) or 1): through('priority')
""",
    "memory_advice": """
import ctypes
library = ctypes.CDLL(None, use_errno=True)
library.mmap.restype = ctypes.c_void_p
place = library.mmap(None, ctypes.c_size_t(1 << 20), 3, 0x22, -1, ctypes.c_long(0))
for advice in (9, 12, 100, 101):
    if library.madvise(ctypes.c_void_p(place), ctypes.c_size_t(4096), advice) == 0: through(advice)
if library.mlock(ctypes.c_void_p(place), ctypes.c_size_t(4096)) == 0: through('mlock')
""",
    "kernel_doors": """
import ctypes
buffer = ctypes.create_string_buffer(256)
for name, x86, arm, values in (
    ('userfaultfd', 323, 282, (1,)),
    ('add_key', 248, 217, (b'user', b'x', b'y', 1, -3)),
    ('keyctl', 250, 219, (0, -3, 1)),
    ('bpf', 321, 280, (0, buffer, 120)),
    ('fanotify', 300, 262, (0, 0)),
    ('inotify', 294, 26, (0,)),
    ('kcmp', 312, 272, (1, 1, 0, 0, 0)),
    ('vmsplice', 278, 75, (1, buffer, 0, 0)),
    ('splice', 275, 76, (0, None, 1, None, 0, 0)),
    ('quotactl', 179, 60, (0, None, 0, buffer)),
    ('open_by_handle', 304, 265, (-100, buffer, 0)),
    ('name_to_handle', 303, 264, (-100, b'/', buffer, buffer, 0)),
    ('process_madvise', 440, 440, (1, buffer, 1, 4, 0)),
    ('modify_ldt', 154, 0, (0, buffer, 16)),
    ('swapon', 167, 224, (b'/x', 0)),
    ('process_vm_readv', 310, 270, (@PARENT@, buffer, 1, buffer, 1, 0)),
    ('pidfd_getfd', 438, 438, (1, 0, 0)),
):
    if call(x86, arm, *values) >= 0: through(name)
""",
    "namespaces": """
for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000):
    if call(272, 97, flag) >= 0: through('unshare')
if call(165, 40, b'none', b'.', b'tmpfs', 0, None) >= 0: through('mount')
if call(429, 429, 0, 0) >= 0: through('new mount calls')
if call(161, 51, b'.') >= 0: through('chroot')
if call(308, 268, 0, 0) >= 0: through('setns')
""",
    "another_machines_calls": """
import ctypes, mmap
if machine() == 'x86_64':
    if call(0x40000000 | 39, 0) > 0: through('x32 getpid')
    if call(0x40000000 | 41, 0, 2, 1, 0) >= 0: through('x32 socket')
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    place = library.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
    ctypes.memmove(place, b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3', 8)  # mov eax, 20 (getpid); int 0x80; ret
    if ctypes.CFUNCTYPE(ctypes.c_int)(place)() > 0: through('a 32-bit call')
""",
    "modes_and_times": """
changes = (lambda path: os.chmod(path, 0o777), lambda path: os.chown(path, os.getuid(), os.getgid()),
           lambda path: os.utime(path, (1, 1)), lambda path: os.setxattr(path, 'user.own', b'x'))
for path, ways in (('@SECRET@', changes), ('@HOST@', changes[:1]), (os.__file__, changes[:1])):
    for change in ways:
        try:
            change(path)
            # In WebAssembly chmod does nothing and says so for no path, not even for one that is not there. What it
            # does on the host is seen there: the file's and its folder's modes and times are compared.
            if os.path.lexists(path): through('a change')
        except (OSError, AttributeError) as error: print(error)
""",
    "cutting_files": """
for action in (lambda: os.truncate('@SECRET@', 0), lambda: os.open('@SECRET@', os.O_RDONLY | os.O_TRUNC),
               lambda: os.open(os.__file__, os.O_RDONLY | os.O_TRUNC), lambda: os.remove('@SECRET@')):
    try:
        action(); through('a cut')
    except OSError as error: print(error)
""",
    "processes": """
for action in (os.fork, getattr(os, 'forkpty', os.fork)):
    try:
        if action() == 0: os._exit(0)
        through('fork')
    except OSError as error: print(error)
for flags in (17, 0x100, 0x4111, 0x10000011, 0x00010f00 | 0x10000000, 0x00010f00 | 0x2000):
    if call(56, 220, flags, 0, 0, 0, 0) >= 0: through(hex(flags))
if call(435, 435, bytes(88), 88) >= 0: through('clone3')
if call(58, 1079, 0) >= 0: through('vfork')
""",
    "terminal_input": """
import fcntl
for handle in (0, 1, 2):
    for request in (0x5412, 0x540e, 0x541d, 0x5423):
        try:
            fcntl.ioctl(handle, request, b'x'); through(hex(request))
        except OSError as error: print(error)
""",
    "more_rights": """
for action in (lambda: os.setuid(0 if os.getuid() else 1), lambda: os.setgroups([0]), lambda: os.setgid(1)):
    try:
        action(); through('another user')
    except OSError as error: print(error)
if call(126, 91, bytes([0x22, 5, 8, 0x20] + [0] * 4)[::-1], b'\\xff' * 24) >= 0: through('capset')
import ctypes
if ctypes.CDLL(None).prctl(47, 2, 21, 0, 0) == 0: through('ambient')
""",
    "thread_storm": """
import _thread, time
n = 0
try:
    for n in range(400): _thread.start_new_thread(time.sleep, (1,))
except RuntimeError as error: print(error)
if n > 60: through((n, 'threads'))
""",
    "memory_by_other_ways": """
import ctypes
library = ctypes.CDLL(None, use_errno=True)
library.mmap.restype = ctypes.c_void_p
size, got = 64 << 20, 0
for flags in (0x22, 0x4022, 0x0122, 0x8022):
    for _ in range(8):
        place = library.mmap(None, ctypes.c_size_t(size), 0, flags, -1, ctypes.c_long(0))
        if place in (None, 2**64 - 1): continue
        if library.mprotect(ctypes.c_void_p(place), ctypes.c_size_t(size), 3) == 0:
            ctypes.memset(place, 1, size); got += size
print(got >> 20, 'MB')
if got > 600 << 20: through('more memory than the limit')
""",
    "memory_made_read_only": """
import ctypes, time
library = ctypes.CDLL(None, use_errno=True)
library.mmap.restype = ctypes.c_void_p
size, got = 64 << 20, 0
for _ in range(32):
    place = library.mmap(None, ctypes.c_size_t(size), 3, 0x22, -1, ctypes.c_long(0))
    if place in (None, 2**64 - 1): break
    ctypes.memset(place, 1, size); got += size
    library.mprotect(ctypes.c_void_p(place), ctypes.c_size_t(size), 1)
time.sleep(0.5)
print(got >> 20, 'MB')
if got > 600 << 20: through('more memory than the limit')
""",
    "removed_files": """
held, written = [], 0
for n in range(20):
    file = open('x', 'wb', buffering=0); os.unlink('x'); held.append(file)
    for _ in range(30): written += file.write(bytes(1 << 20)) or 0
    if written > 400 << 20: through('400 MB of files without a name'); break
""",
}
