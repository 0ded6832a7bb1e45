"""Times Google's Tink over one file in memory; prints MB/s of 10^6 bytes as JSON.

usage: tink_speed.py BYTES
"""

import io
import json
import sys
import time

import tink
from tink import streaming_aead

streaming_aead.register()
template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_4KB
primitive = tink.new_keyset_handle(template).primitive(streaming_aead.StreamingAead)
plaintext = bytes([0x5A]) * int(sys.argv[1])


class Kept(io.BytesIO):
    """What is written is still there when the stream is closed."""

    def close(self):
        self.kept = self.getvalue()
        super().close()


def seal():
    out = Kept()
    with primitive.new_encrypting_stream(out, b"ad") as stream:
        stream.write(plaintext)
    return out.kept


def best(work):
    times = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return len(plaintext) / min(times) / 1e6


sealed = seal()


def read():
    with primitive.new_decrypting_stream(io.BytesIO(sealed), b"ad") as stream:
        assert len(stream.read()) == len(plaintext)


print(json.dumps({"seal": best(seal), "open": best(read)}))
