"""The peer of ../lanczos.ts: SciPy's eigsh (ARPACK) on an operator that lives in the calling process.

Arguments: dimension, tolerance. A request on standard output is "p" and a vector (float64), its product is read from standard
input. Commands come as one byte: "r" finds the largest eigenvalue from a random start, "v" from a start that follows, "q" ends.
An answer is "a", then the value, the number of products, and the vector.
"""
import struct
import sys

import numpy
import scipy
from scipy.sparse.linalg import LinearOperator, eigsh

dimension, tolerance = int(sys.argv[1]), float(sys.argv[2])
source, sink = sys.stdin.buffer, sys.stdout.buffer
generator = numpy.random.default_rng(0)


def vector():
    return numpy.frombuffer(source.read(8 * dimension), dtype=numpy.float64)


def product(v):
    global products
    products += 1
    sink.write(b"p" + numpy.ascontiguousarray(v, dtype=numpy.float64).tobytes())
    sink.flush()
    return vector()


sys.stderr.write(f"scipy {scipy.__version__}\n")
operator = LinearOperator((dimension, dimension), matvec=product, dtype=numpy.float64)
while (command := source.read(1)) in (b"r", b"v"):
    start = generator.standard_normal(dimension) if command == b"r" else vector().copy()
    products = 0
    values, vectors = eigsh(operator, k=1, which="LA", tol=tolerance, v0=start)
    sink.write(b"a" + struct.pack("<dd", values[0], products) + numpy.ascontiguousarray(vectors[:, 0]).tobytes())
    sink.flush()
