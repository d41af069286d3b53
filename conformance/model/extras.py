"""How to get what is not installed: commands that work wherever this package itself came from, an index or a wheel."""

from __future__ import annotations

TVM = "pip install 'apache-tvm>=0.25'"
TVM_FFI = "pip install 'apache-tvm-ffi>=0.1'"
CAMPAIGN = "pip install 'bokeh>=3.4' 'distributed>=2025.7' 'fsspec>=2024.12'"
COMPAT = "pip install 'pyelftools>=0.33'"
COST = "pip install 'capstone>=5.0.2' 'matplotlib>=3.9' 'pyelftools>=0.33'"
