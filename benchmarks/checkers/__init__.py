"""What static checkers see between neighbouring releases of tvm-ffi, beside what calls see: docs/static-checkers.md."""
