"""The subjects of tvm-ffi: its built-in functions, and C++ functions that its typed macro exports."""
