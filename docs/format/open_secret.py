#!/usr/bin/env python3
"""Opens one secret of a Longmen journal, written from secret-v1.md and sharing no code with the crate.

Usage: open_secret.py KEY_DIRECTORY SUBJECT KEK_HEX CONTEXT_HEX SEALED_HEX

Prints the plaintext in hexadecimal. Needs the package blake3 and nothing else. It is for checking, not for secrets that
matter: Python keeps copies of keys in memory, and this cipher does not run in constant time.
"""

import struct
import sys
from pathlib import Path

import blake3


class Refused(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def derive(context, key):
    return blake3.blake3(key, derive_key_context=context).digest()


def keyed(key, data):
    return blake3.blake3(data, key=key).digest()


def with_len(part):
    return struct.pack("<Q", len(part)) + part


def rounds(state):
    def quarter(a, b, c, d):
        for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = (mixed << by | mixed >> (32 - by)) & 0xFFFFFFFF

    for _ in range(10):
        for at in range(4):
            quarter(at, at + 4, at + 8, at + 12)
        for at in range(4):
            quarter(at, 4 + (at + 1) % 4, 8 + (at + 2) % 4, 12 + (at + 3) % 4)
    return state


CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")


def block(key, counter, nonce):
    """RFC 8439, section 2.3."""
    start = [*CONSTANTS, *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    mixed = rounds(list(start))
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, mixed)))


def poly1305(key, data):
    """RFC 8439, section 2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        piece = int.from_bytes(data[at : at + 16] + b"\1", "little")
        total = (total + piece) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def decrypt(key, nonce, bound, text, tag):
    """XChaCha20-Poly1305; None when the tag does not fit."""
    mixed = rounds([*CONSTANTS, *struct.unpack("<8I", key), *struct.unpack("<4I", nonce[:16])])
    key, nonce = struct.pack("<8I", *mixed[:4], *mixed[12:]), bytes(4) + nonce[16:]
    pad = lambda part: part + bytes(-len(part) % 16)
    lens = struct.pack("<QQ", len(bound), len(text))
    if poly1305(block(key, 0, nonce)[:32], pad(bound) + pad(text) + lens) != tag:
        return None
    stream = b"".join(block(key, 1 + at, nonce) for at in range((len(text) + 63) // 64))
    return bytes(a ^ b for a, b in zip(text, stream))


def unwrap(magic, kek, bound, path):
    need(path.exists(), f"no {path.name}")
    file = path.read_bytes()
    file, digest = file[:-32], file[-32:]
    need(blake3.blake3(file).digest() == digest, f"{path.name} is damaged")
    need(file[:16] == magic, f"{path.name} is another kind of file")
    need(file[16:48] == derive("longmen 2026 kek commitment", kek), "wrong key-encryption key")
    wrapping = derive("longmen 2026 kek wrapping key", kek)
    body = decrypt(wrapping, file[48:72], file[:48] + bound, file[72:-16], file[-16:])
    need(body is not None, f"{path.name} is damaged")
    return body


def data_key(folder, subject, kek):
    ring = unwrap(b"longmen ring v1\n", kek, b"", folder / "KEYRING")
    name_key, (generation,) = ring[:32], struct.unpack("<Q", ring[32:])
    name = keyed(name_key, subject)
    need(not (folder / "erased" / name.hex()).exists(), "erased")
    path = folder / "keys" / f"{generation:016x}-{name.hex()}.key"
    body = unwrap(b"longmen dek v1\n\0", kek, name, path)
    need(body[33 : 33 + body[32]] == subject, "the key file is another subject's")
    need(len(body) == 73 and not any(body[33 + body[32] :]), "the key file does not follow the format")
    return body[:32]


def open_sealed(dek, context, sealed):
    text = sealed[64:-16]
    need(len(sealed) <= 1024 and text and len(text) % 32 == 0, "not a secret of version 1")
    need(sealed[:32] == derive("longmen 2026 dek commitment", dek), "another key")
    mark = keyed(derive("longmen 2026 secret context mark", dek), with_len(context))[:8]
    need(sealed[32:40] == mark, "another context")
    nonce = sealed[40:64]
    text = decrypt(derive("longmen 2026 secret cipher key", dek), nonce, context, text, sealed[-16:])
    need(text is not None, "changed")
    plaintext = text.rstrip(b"\0")
    need(plaintext[-1:] == b"\x80" and (len(plaintext) + 31) // 32 * 32 == len(text), "bad padding")
    plaintext = plaintext[:-1]
    parts = with_len(context) + with_len(plaintext)
    need(keyed(derive("longmen 2026 secret nonce key", dek), parts)[:24] == nonce, "another nonce")
    return plaintext


def main(folder, subject, *hexes):
    kek, context, sealed = map(bytes.fromhex, hexes)
    try:
        dek = data_key(Path(folder), subject.encode("ascii"), kek)
        print(open_sealed(dek, context, sealed).hex())
    except Refused as refused:
        sys.exit(f"refused: {refused}")


if __name__ == "__main__":
    main(*sys.argv[1:])
