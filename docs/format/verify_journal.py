#!/usr/bin/env python3
"""Verifies a Longmen journal directory, written from journal-v1.md alone and sharing no code with the engine.

    python3 verify_journal.py DIRECTORY

Needs Python 3.9 and the package blake3 (https://pypi.org/project/blake3).
Reads only. Prints a summary, or what is wrong with file, offset and entry; exit status 0 sound, 1 damaged, 2 misuse.
An unfinished last write is not damage: it is reported as "torn", and an engine would drop it and say so.
"""
import os
import re
import struct
import sys

from blake3 import blake3

SECTOR = 4096


class Damage(Exception):
    def __init__(self, file, offset, what, position=None):
        entry = "" if position is None else f", entry {position}"
        super().__init__(f"{file} at offset {offset}{entry}: {what}")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


CRC_TABLE = list(range(256))
for _ in range(8):
    CRC_TABLE = [entry >> 1 ^ (0x82F63B78 if entry & 1 else 0) for entry in CRC_TABLE]
digest = lambda data: blake3(data).digest()
keyed = lambda key, data: blake3(data, key=key).digest()
derive = lambda context, material: blake3(material, derive_key_context=context).digest()
u32 = lambda data, at: struct.unpack_from("<I", data, at)[0]
u64 = lambda data, at: struct.unpack_from("<Q", data, at)[0]
zero = lambda data: not any(data)


class Journal:
    def __init__(self, root):
        self.root = root
        self.damages = []
        self.recoveries = []  # (position, payload) of the recovery entries with reason 1 or 2
        self.cut_off = []  # what the segment headers say about segments that were cut off
        self.quarantine = {}
        self.state = "unclean"

    def read(self, name):
        path = os.path.join(self.root, name)
        return open(path, "rb").read() if os.path.isfile(path) else b""

    def manifest(self, slot):
        name = "MANIFEST." + "ab"[slot]
        data = self.read(name)
        if len(data) != SECTOR or data[:8] != b"LMANIF\0\1" or digest(data[:4064]) != data[4064:]:
            raise Damage(name, 0, "missing, or not a manifest whose digest matches")
        m = dict(name=name, ledger=data[8:24], generation=u64(data, 24), epoch=u32(data, 32), state=u32(data, 36),
                 segno=u64(data, 40), watermark=u64(data, 48), position=u64(data, 56), head=data[64:96],
                 size=u64(data, 96))
        if m["state"] not in (1, 2) or m["generation"] % 2 != slot or not zero(data[112:4064]):
            raise Damage(name, 0, "a field has a value it cannot have")
        return m

    def newest_manifest(self):
        found = []
        for slot in (0, 1):
            try:
                found.append(self.manifest(slot))
            except Damage as damage:
                self.damages.append(str(damage))
        if not found:
            raise Damage("MANIFEST.a", 0, "neither slot can be used")
        if len(found) == 2 and abs(found[0]["generation"] - found[1]["generation"]) != 1:
            self.damages.append("MANIFEST.a, MANIFEST.b: the generations are not neighbours")
        newest = max(found, key=lambda m: m["generation"])
        # An older slot's word that the journal was closed may be out of date.
        newest.update(clean=newest["state"] == 2 and not self.damages, lone=bool(self.damages))
        return newest

    def header(self, name, segno, epoch):
        data = self.read(name)
        if data[:8] != b"LMSEG\0\0\1" or len(data) < SECTOR or digest(data[:4064]) != data[4064:SECTOR]:
            raise Damage(name, 0, "not a segment header whose digest matches")
        fixed = struct.unpack_from("<HHI", data, 8) + (u32(data, 44), u32(data, 172))
        if fixed != (1, SECTOR, 0, SECTOR, 0) or not zero(data[216:4064]):
            raise Damage(name, 0, "another version, or a fixed or unused field with another value")
        h = dict(name=name, data=data, ledger=data[16:32], segno=u64(data, 32), epoch=u32(data, 40),
                 base=u64(data, 48), size=u64(data, 56), salt=data[64:80], hash=data[80:112], created=u64(data, 144),
                 time=u64(data, 152), prev_end=u64(data, 160), prev_kind=u32(data, 168), prev_digest=data[176:208],
                 prev_dropped=u64(data, 208), digest=data[4064:SECTOR])
        if (h["segno"], h["epoch"], h["ledger"], h["size"]) != (segno, epoch, self.m["ledger"], self.m["size"]):
            raise Damage(name, 0, "the header belongs to another file or ledger")
        if len(data) != h["size"]:
            raise Damage(name, len(data), "the file's length is not the segment size")
        if not self.m["lone"] and epoch > self.m["epoch"]:
            raise Damage(name, 0, "an epoch that the manifest does not know yet")
        h["key"] = derive("longmen 2026 journal v1 batch", h["ledger"] + h["salt"])
        return h

    def headers(self):
        found = {}
        for name in sorted(os.listdir(os.path.join(self.root, "seg"))):
            match = re.fullmatch(r"([0-9a-f]{16})-([0-9a-f]{8})\.jrn", name)
            if match:
                segno, epoch = int(match[1], 16), int(match[2], 16)
                if segno in found:
                    self.damages.append(f"seg/{name}: a second file with this number")
                found[segno] = self.header("seg/" + name, segno, epoch)
        if sorted(found) != list(range(len(found))) or len(found) <= self.m["segno"]:
            raise Damage("seg", 0, "a segment file is missing")
        return [found[segno] for segno in sorted(found)]

    def batch_at(self, h, at):
        """The length of the intact batch header at this offset, or None."""
        data = h["data"][at:at + 128]
        if data[:4] != b"LBAT" or u32(data, 4) != crc32c(h["salt"] + data[8:]):
            return None
        return u32(data, 8)

    def walk(self, h, state):
        """Verifies the batches of a segment; gives where they end, and the digests in their trailers."""
        data, name, at = h["data"], h["name"], SECTOR
        state.update(commit=h["created"], epoch=h["epoch"])
        digests, limit = [], min(1 << 20, h["size"] // 4)
        while True:
            if at == self.m["watermark"] and h["segno"] == self.m["segno"] and self.m["position"]:
                if (state["position"], state["hash"]) != (self.m["position"], self.m["head"]):
                    raise Damage(name, at, "the manifest gives another head for its watermark", state["position"])
                self.met_watermark = True
            length = self.batch_at(h, at)
            if length is None:
                return at, digests
            (count, first, own, durable, epoch, flags) = struct.unpack_from("<IQQQII", data, at + 12)
            prev, body_len, pad, commit = struct.unpack_from("<32sIIQ", data, at + 48)
            batch = data[at:at + length]
            if own != at or length > limit or at + length + SECTOR > h["size"] or flags or pad or not count \
                    or not zero(batch[96:128]) or length != -(-(160 + body_len) // SECTOR) * SECTOR \
                    or not SECTOR <= durable <= at:
                raise Damage(name, at, "a batch header with a value it cannot have", state["position"])
            if keyed(h["key"], batch[:-32]) != batch[-32:]:
                return at, digests
            if first != state["position"] or prev != state["hash"] or epoch < state["epoch"] \
                    or commit <= state["commit"] or not zero(batch[128 + body_len:-32]):
                raise Damage(name, at, "the batch does not continue the chain", state["position"])
            state.update(epoch=epoch, commit=commit)
            self.entries(h, state, batch[128:128 + body_len], at + 128, count)
            digests.append(batch[-32:])
            at += length

    def entries(self, h, state, body, file_offset, count):
        at = 0
        for _ in range(count):
            def damage(what):
                return Damage(h["name"], file_offset + at, what, state["position"])

            if at + 64 > len(body):
                raise damage("the batch holds fewer entries than it says")
            length, kind, _schema, position, time, epoch, pad = struct.unpack_from("<IHHQQII", body, at)
            end = at + 32 + -(-length // 16) * 16
            if end + 32 > len(body) or pad or not zero(body[at + 32 + length:end]):
                raise damage("lengths or padding are wrong")
            if position != state["position"] or epoch != state["epoch"] or position and time <= state["time"]:
                raise damage("position, epoch or time is out of order")
            link = keyed(self.k_chain, state["hash"] + keyed(self.k_entry, body[at:end]))
            if link != body[end:end + 32]:
                raise damage("the entry's hash does not match")
            payload = body[at + 32:at + 32 + length]
            if (position == 0) != (kind == 1) or kind == 0 or 4 < kind < 16:
                raise damage("an entry of this kind cannot stand here")
            genesis = self.m["ledger"] + struct.pack("<QII", self.m["size"], SECTOR, 0)
            if kind == 1 and payload != genesis or kind == 2 and length != 64 or kind == 3 and length != 72:
                raise damage("not the payload that this kind of entry has")
            if kind == 2 and u32(payload, 12) in (1, 2):
                self.recoveries.append((position, payload))
            state.update(position=position + 1, hash=link, time=time)
            at = end + 32
        if at != len(body):
            raise Damage(h["name"], file_offset + at, "bytes follow the last entry of the batch", state["position"])

    def seal(self, h, state, end, digests):
        """The digest of the seal at this offset, or None."""
        sector = h["data"][end:end + SECTOR]
        if sector[:4] != b"LSEA" or u32(sector, 4) != crc32c(h["salt"] + sector[8:4064]) \
                or keyed(h["key"], sector[:4064]) != sector[4064:]:
            return None
        segno, epoch, pad, first, last, count, used = struct.unpack_from("<QIIQQQQ", sector, 8)
        right = (h["segno"], h["base"], state["position"] - 1, state["position"] - h["base"], end)
        if (segno, first, last, count, used) != right or epoch < state["epoch"] or pad or not zero(sector[56:64]) \
                or not zero(sector[128:4064]) or sector[64:96] != state["hash"] \
                or sector[96:128] != digest(h["digest"] + b"".join(digests)):
            raise Damage(h["name"], end, "the seal contradicts the segment", state["position"])
        return sector[4064:]

    def check_inner(self, h, n, state, end, digests):
        """A segment that another one follows: its end is in the next header."""
        name, data = h["name"], h["data"]
        dropped = data[end:end + n["prev_dropped"]]
        if (n["base"], n["hash"], n["time"], n["prev_end"]) \
                != (state["position"], state["hash"], state["time"], end) \
                or n["created"] <= state["commit"] or n["epoch"] < state["epoch"]:
            raise Damage(name, end, "the next segment does not continue from here", state["position"])
        if n["prev_kind"] == 1:
            if self.seal(h, state, end, digests) != n["prev_digest"] or n["prev_dropped"]:
                raise Damage(name, end, "not the seal that the next header names", state["position"])
            end += SECTOR
        elif n["prev_kind"] == 2:
            if len(dropped) != n["prev_dropped"] or digest(dropped) != n["prev_digest"]:
                raise Damage(name, end, "not the dropped bytes that the next header names", state["position"])
            self.cut_off.append((h["segno"], h["epoch"], end, n["prev_dropped"], n["prev_digest"], n["base"]))
            self.quarantine[f"{h['segno']:016x}-{end:08x}.torn"] = dropped
            end += n["prev_dropped"]
        else:
            raise Damage(n["name"], 0, "the header does not say how the segment before it ended")
        if not zero(data[end:]):
            raise Damage(name, end, "bytes stand behind the end of the segment")
        if h["segno"] == self.m["segno"] and (self.m["clean"] or n["prev_end"] < self.m["watermark"]):
            raise Damage(name, end, "the manifest says otherwise")

    def check_last(self, h, state, end, digests):
        """The last segment: torn or corrupt? The decision table of the format."""
        here = h["segno"] == self.m["segno"] and self.m["position"]
        watermark = self.m["watermark"] if here else SECTOR
        position, name, data = state["position"], h["name"], h["data"]
        sealed = self.seal(h, state, end, digests) is not None
        behind = end + (SECTOR if sealed else 0)
        tail_end = max((at + SECTOR for at in range(behind, h["size"], SECTOR)
                        if not zero(data[at:at + SECTOR])), default=end)
        if end < watermark or here and not self.met_watermark:
            raise Damage(name, end, "acknowledged data ends or is damaged below the watermark", position)
        if position == 0:
            raise Damage(name, end, "the genesis entry is missing", 0)
        if (self.m["clean"] or sealed) and tail_end > end or self.m["clean"] and (sealed or end > watermark):
            raise Damage(name, end, "bytes stand behind the end", position)
        if self.m["clean"]:
            self.state = "clean"
        elif tail_end > end:
            for at in range(end, tail_end, SECTOR):
                intact = self.batch_at(h, at) is not None and u64(data, at + 24) == at
                if intact and u64(data, at + 32) > end or data[at:at + 4] == b"LSEA" and at > end \
                        and keyed(h["key"], data[at:at + 4064]) == data[at + 4064:at + SECTOR]:
                    raise Damage(name, end, "a later batch says that this place had been synced", position)
            if tail_end - end > min(1 << 20, h["size"] // 4):
                raise Damage(name, end, "more bytes follow than can have been in flight", position)
            self.state = f"torn ({tail_end - end} bytes at offset {end} of {name})"

    def check_records(self, end_position):
        """Every segment that was cut off has its recovery entry, unless nothing was journaled since."""
        said = {struct.unpack("<QI4xQQ32s", payload): position for position, payload in self.recoveries}
        for *cut, base in self.cut_off:
            if tuple(cut) not in said and base < end_position:
                raise Damage("seg", cut[2], f"no recovery entry says how segment {cut[0]} was cut off")
        folder = os.path.join(self.root, "quarantine")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name in self.quarantine and self.read("quarantine/" + name) != self.quarantine[name]:
                raise Damage("quarantine/" + name, 0, "the copy is not the bytes that were dropped")

    def check_snapshots(self):
        """The frame of each snapshot and run (entries-v1.md); a damaged one costs nothing but time, and is damage all the same."""
        folder = os.path.join(self.root, "snap")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if re.fullmatch(r"[0-9]{20}\.snap", name):
                data = self.read("snap/" + name)
                if len(data) < 128 or digest(data[:-32]) != data[-32:] or data[:8] != b"LMSNAP\0\2" \
                        or data[8:24] != self.m["ledger"] or u64(data, 24) != int(name[:20]) \
                        or u64(data, 72) + 48 * (u64(data, 80) + u64(data, 88)) != len(data) - 128:
                    self.damages.append(f"snap/{name} at offset 0: not a snapshot of this ledger and position")
            elif re.fullmatch(r"[0-9]{20}-[0-9]{20}\.(keys|meta)", name):
                data, start, until = self.read("snap/" + name), int(name[:20]), int(name[21:41])
                rows = list(struct.iter_unpack("<QQ", data[64:-32])) if len(data) >= 96 and len(data) % 16 == 0 else []
                if len(data) < 96 or digest(data[:-32]) != data[-32:] or data[:8] != b"LM%s\0\1" % name[-4:].upper().encode() \
                        or data[8:24] != self.m["ledger"] or u64(data, 24) != start or u64(data, 32) != until \
                        or u64(data, 40) != len(rows) or len(data) != 96 + 16 * len(rows) or not zero(data[48:64]) \
                        or any(a >= b for a, b in zip(rows, rows[1:])) \
                        or any(not start <= position < until for _, position in rows):
                    self.damages.append(f"snap/{name} at offset 0: not a run of this ledger, kind and range")

    def verify(self):
        self.m = self.newest_manifest()
        self.check_snapshots()
        self.met_watermark = False
        self.k_entry = derive("longmen 2026 journal v1 entry", self.m["ledger"])
        self.k_chain = derive("longmen 2026 journal v1 chain", self.m["ledger"])
        segments = self.headers()
        first = segments[0]
        if (first["base"], first["hash"], first["time"], first["prev_kind"]) != (0, bytes(32), 0, 0) \
                or not zero(first["data"][160:216]):
            raise Damage(first["name"], 0, "the first segment does not start from nothing")
        state = dict(position=0, hash=bytes(32), time=0)
        for h, n in zip(segments, segments[1:] + [None]):
            end, digests = self.walk(h, state)
            if n:
                self.check_inner(h, n, state, end, digests)
            else:
                self.check_last(h, state, end, digests)
        self.check_records(state["position"])
        print(f"ledger   {self.m['ledger'].hex()}\nsegments {len(segments)}\nentries  {state['position']}\nhead     {state['hash'].hex()}")
        print(f"state    {self.state}")


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    journal = Journal(sys.argv[1])
    try:
        journal.verify()
    except Damage as damage:
        journal.damages.append(str(damage))
    for damage in journal.damages:
        print(f"damage   {damage}")
    return 1 if journal.damages else 0


if __name__ == "__main__":
    sys.exit(main())
