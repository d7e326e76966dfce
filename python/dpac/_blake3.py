"""BLAKE3 on NumPy: all chunks of a file at a time. https://github.com/BLAKE3-team/BLAKE3-specs"""

import numpy as np

_IV = np.array(
    [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19],
    dtype=np.uint32,
)
_PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
_CHUNK_START, _CHUNK_END, _PARENT, _ROOT = 1, 2, 4, 8
_MIXED = [
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
]  # fmt: skip


def _rotated(x: np.ndarray, n: int) -> np.ndarray:
    return (x >> np.uint32(n)) | (x << np.uint32(32 - n))


def _compress(cv: np.ndarray, block: np.ndarray, counter: np.ndarray, length: int, flags: int) -> np.ndarray:
    """New chaining values, (8, n), from `cv` (8, n), `block` (16, n) and three numbers for each of the n."""
    n = block.shape[1]
    v = np.empty((16, n), dtype=np.uint32)
    v[:8], v[8:12] = cv, _IV[:4, None]
    v[12], v[13] = counter & np.uint64(0xFFFFFFFF), counter >> np.uint64(32)
    v[14], v[15] = length, flags
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(_MIXED):
            v[a] += v[b] + block[2 * i]
            v[d] = _rotated(v[d] ^ v[a], 16)
            v[c] += v[d]
            v[b] = _rotated(v[b] ^ v[c], 12)
            v[a] += v[b] + block[2 * i + 1]
            v[d] = _rotated(v[d] ^ v[a], 8)
            v[c] += v[d]
            v[b] = _rotated(v[b] ^ v[c], 7)
        block = block[_PERMUTATION]
    return v[:8] ^ v[8:]


def _chunks(data: bytes, first: int, root: bool) -> np.ndarray:
    """The chaining values, (8, n), of n chunks of one length, of which `first` is the number of the first."""
    size = min(len(data), 1024)
    n = max(len(data) // 1024, 1)
    blocks = max(-(-size // 64), 1)
    padded = np.zeros((n, blocks * 64), dtype=np.uint8)
    padded[:, :size] = np.frombuffer(data, dtype=np.uint8).reshape(n, size)
    words = padded.view("<u4").astype(np.uint32).reshape(n, blocks, 16)
    cv = np.repeat(_IV[:, None], n, axis=1)
    counter = np.arange(first, first + n, dtype=np.uint64)
    for b in range(blocks):
        last = b == blocks - 1
        flags = _CHUNK_START * (b == 0) | (_CHUNK_END | _ROOT * root) * last
        length = size - 64 * b if last else 64
        cv = _compress(cv, np.ascontiguousarray(words[:, b].T), counter, length, flags)
    return cv


def blake3(data: bytes) -> str:
    """The BLAKE3 digest of `data`, 64 hexadecimal digits."""
    whole = len(data) // 1024
    if len(data) <= 1024:
        return _hex(_chunks(data, 0, root=True))
    parts = [_chunks(data[: whole * 1024], 0, root=False)]
    if len(data) % 1024:
        parts.append(_chunks(data[whole * 1024 :], whole, root=False))
    level = np.concatenate(parts, axis=1)
    while level.shape[1] > 1:
        n = level.shape[1] // 2
        flags = _PARENT | _ROOT * (level.shape[1] == 2)
        pairs = np.concatenate([level[:, 0 : 2 * n : 2], level[:, 1 : 2 * n : 2]])
        iv = np.repeat(_IV[:, None], n, axis=1)
        above = _compress(iv, pairs, np.zeros(n, dtype=np.uint64), 64, flags)
        # Of an odd number the last waits for a level where it has a partner.
        level = np.concatenate([above, level[:, 2 * n :]], axis=1)
    return _hex(level)


def _hex(cv: np.ndarray) -> str:
    return cv[:, 0].astype("<u4").tobytes().hex()
