"""The C interface of tvm-ffi, called through cffi: its library, its functions by name, its errors and its counts.

Nothing of tvm-ffi's Python package is imported: what is under test is called as any language with a C interface calls
it. Layouts: `include/tvm/ffi/c_api.h`, which are the same in every release from 0.1.0 to 0.1.15.post2 as far as they
are used here.
"""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Iterator, Sequence
from importlib import metadata, util
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

from conformance.model import extras
from conformance.model.subject import SubjectUnavailable

DISTRIBUTION = "apache-tvm-ffi"
HEADER = 24
"""The bytes of a TVMFFIObject: what an object's own members lie behind."""
FIRST_OBJECT = 64
"""kTVMFFIStaticObjectBegin: from here on a slot holds the address of a counted object."""
GUARD_SIGNAL = signal.SIGBUS
"""What a touch of the page behind a guarded one is told by: hardly any other mistake ends in this signal."""

ffi: Any = FFI()
ffi.cdef(
    """
    typedef struct { int32_t index; uint32_t padding; uint64_t payload; } Any;
    typedef struct { const char* data; size_t size; } ByteArray;
    typedef struct { uint32_t strong, weak; int32_t index; uint32_t padding; void* deleter; } Object;
    typedef int (*SafeCall)(void* handle, const void* args, int32_t count, void* result);
    typedef struct { uint32_t strong, weak; int32_t index; uint32_t padding; void* deleter; SafeCall call; } Function;
    typedef struct { uint32_t strong, weak; int32_t index; uint32_t padding; void* deleter;
                     ByteArray kind, message; } Error;
    typedef struct { uint32_t strong, weak; int32_t index; uint32_t padding; void* deleter; ByteArray text; } Text;
    typedef struct { ByteArray name, doc, metadata; int64_t flags; Any method; } Method;
    typedef struct { int32_t index, depth; ByteArray key; void* ancestors; uint64_t hash; int32_t fields, methods;
                     void* field; Method* method; void* metadata; } Type;
    typedef struct { uint8_t code, bits; uint16_t lanes; } DataType;
    typedef struct { void* data; int32_t device_type, device_id; int32_t ndim; DataType dtype; int64_t* shape;
                     int64_t* strides; uint64_t byte_offset; } Tensor;
    typedef struct { Tensor tensor; void* context; void* deleter; } ManagedTensor;
    typedef struct { uint32_t major, minor, patch; } Version;

    void TVMFFIGetVersion(Version*);
    int TVMFFIObjectDecRef(void*);
    int TVMFFIFunctionGetGlobal(const ByteArray*, void**);
    int TVMFFIFunctionSetGlobal(const ByteArray*, void*, int);
    int TVMFFIFunctionCreate(void*, SafeCall, void*, void**);
    int TVMFFITypeKeyToIndex(const ByteArray*, int32_t*);
    const Type* TVMFFIGetTypeInfo(int32_t);
    void TVMFFIErrorMoveFromRaised(void**);
    void TVMFFIErrorSetRaisedFromCStr(const char*, const char*);
    int TVMFFIErrorCreate(const ByteArray*, const ByteArray*, const ByteArray*, void**);
    int TVMFFITensorFromDLPack(ManagedTensor*, int32_t, int32_t, void**);
    void* dlopen(const char*, int);
    void* dlsym(void*, const char*);
    char* dlerror(void);
    char* __cxa_demangle(const char*, char*, size_t*, int*);
    """
)


class Word(NamedTuple):
    """One TVMFFIAny: type index, the word that is padding or a small text's length, and the 8 bytes of its union."""

    type_index: int
    padding: int
    payload: int


class RegisteredMethod(NamedTuple):
    """A method of a type: its name, its metadata in JSON ("" for none) and the address of its function object."""

    name: str
    metadata: str
    address: int


class ByteArray:
    """A TVMFFIByteArray and its copy of the bytes, which live as long as this does."""

    def __init__(self, data: bytes) -> None:
        """Copies `data`, with a null byte behind it."""
        self.data = ffi.new("char[]", data)
        self.array = ffi.new("ByteArray*")
        self.array.data, self.array.size = self.data, len(data)


def wheel_of(distribution: str, package: Path) -> str:
    """The version of the distribution that holds the folder of a package, "" where there is none."""
    held = (
        found.version
        for found in metadata.distributions(name=distribution)
        if Path(str(found.locate_file(package.name))).resolve() == package.resolve()
    )
    return next(held, "")


class CallError(Exception):
    """A function that this module needs for itself has failed."""


class Library:
    """The loaded libraries of the first `tvm_ffi` on sys.path."""

    def __init__(self) -> None:
        """Loads them. Raises SubjectUnavailable."""
        spec = util.find_spec("tvm_ffi")
        if spec is None or spec.origin is None:
            raise SubjectUnavailable(f"apache-tvm-ffi is not installed; run: {extras.TVM_FFI}")
        self.package = Path(spec.origin).parent
        try:
            # As tvm-ffi's own loader: the library globally, what is built on it locally. Its weak inline functions
            # would else take the place of those of code that is built against other headers.
            self.c = ffi.dlopen(str(self.package / "lib" / "libtvm_ffi.so"), ffi.RTLD_LAZY | ffi.RTLD_GLOBAL)
            testing = str(self.package / "lib" / "libtvm_ffi_testing.so")
            self.testing = ffi.dlopen(testing, ffi.RTLD_LAZY | ffi.RTLD_LOCAL)
        except OSError as error:
            raise SubjectUnavailable(
                f"{self.package} has no library that loads ({error}); run: pip install --force-reinstall apache-tvm-ffi"
            ) from None
        self._names = dict[str, int]()

    def open(self, path: Path) -> Any:
        """The handle of a further library, loaded as tvm-ffi's own loader does. Raises CallError with what is wrong."""
        error = self.c.dlerror  # found before, since to look a function up forgets the error before
        handle = self.c.dlopen(os.fsencode(path), ffi.RTLD_LAZY | ffi.RTLD_LOCAL)
        if handle == ffi.NULL:
            raise CallError(ffi.string(error()).decode(errors="replace"))
        return handle

    def entry(self, handle: Any, symbol: str) -> Any:
        """A C entry point that a library of this handle exports."""
        return ffi.cast("SafeCall", self.c.dlsym(handle, symbol.encode()))

    @property
    def reported(self) -> str:
        """The version that the library says of itself; the wheel's may differ."""
        version = ffi.new("Version*")
        self.c.TVMFFIGetVersion(version)
        return f"{version.major}.{version.minor}.{version.patch}"

    @property
    def wheel(self) -> str:
        """The version of the distribution that holds the package; what the library reports where there is none."""
        return wheel_of(DISTRIBUTION, self.package) or self.reported

    def function(self, name: str) -> int:
        """The address of a global function object, 0 if there is none of that name. Found once, never released."""
        if name not in self._names:
            out = ffi.new("void**")
            wanted = ByteArray(name.encode())
            status = self.c.TVMFFIFunctionGetGlobal(wanted.array, out)
            self._names[name] = int(ffi.cast("uintptr_t", out[0])) if status == 0 else 0
        return self._names[name]

    def register(self, name: str, safe_call: Any) -> None:
        """Makes a C entry point, which must live as long, a global function. Raises CallError."""
        function = self._created(self.c.TVMFFIFunctionCreate, ffi.NULL, safe_call, ffi.NULL)
        if self.c.TVMFFIFunctionSetGlobal(ByteArray(name.encode()).array, ffi.cast("void*", function), 1) != 0:
            raise CallError(str(self.take_error()))

    def method(self, type_key: str, name: str) -> int:
        """The address of a registered method's function object, 0 if there is none."""
        return next((method.address for method in self.methods(type_key) if method.name == name), 0)

    def methods(self, type_key: str) -> Iterator[RegisteredMethod]:
        """The methods that are registered of a type, none of one that is not (TVMFFITypeInfo)."""
        index = self.type_index(type_key)
        if not index:
            return
        info = self.c.TVMFFIGetTypeInfo(index)
        for i in range(info.methods):
            method = info.method[i]
            words = text(method.name).decode(), text(method.metadata).decode()
            yield RegisteredMethod(*words, int(method.method.payload))

    def type_index(self, type_key: str) -> int:
        """The index of a type that is registered under this name, 0 if none is."""
        index = ffi.new("int32_t*")
        if self.c.TVMFFITypeKeyToIndex(ByteArray(type_key.encode()).array, index) != 0:
            self.take_error()
            return 0
        return int(index[0])

    def type_key(self, index: int) -> bytes:
        """The registered name of a type index that exists."""
        return text(self.c.TVMFFIGetTypeInfo(index).key)

    def invoke(self, function: int, words: Sequence[Word]) -> Word:
        """Calls a function object for the suite's own ends. Raises CallError."""
        if not function:
            raise CallError("this release has no such function")
        args = ffi.new("Any[]", max(len(words), 1))
        for slot, word in zip(args, words, strict=False):
            slot.index, slot.padding, slot.payload = word
        result = ffi.new("Any*")
        if ffi.cast("Function*", function).call(ffi.cast("void*", function), args, len(words), result) != 0:
            raise CallError(str(self.take_error()))
        return Word(result.index, result.padding, result.payload)

    def take_error(self) -> tuple[str, str] | None:
        """Kind and message of this thread's raised error, which is moved out so that none is left; None if none was."""
        out = ffi.new("void**")
        self.c.TVMFFIErrorMoveFromRaised(out)
        if out[0] == ffi.NULL:
            return None
        error = ffi.cast("Error*", out[0])
        said = text(error.kind).decode(errors="replace"), text(error.message).decode(errors="replace")
        self.c.TVMFFIObjectDecRef(out[0])
        return said

    def release(self, address: int) -> None:
        """Gives one reference of an object back."""
        self.c.TVMFFIObjectDecRef(ffi.cast("void*", address))

    def error(self, kind: bytes, message: bytes) -> int:
        """The address of a new error object."""
        parts = [ByteArray(part) for part in (kind, message, b"")]
        return self._created(self.c.TVMFFIErrorCreate, *(part.array for part in parts))

    def another(self, function: int) -> int:
        """The address of a new function object that calls another: one that no other thread counts references of."""
        called = ffi.cast("Function*", function)
        return self._created(self.c.TVMFFIFunctionCreate, ffi.cast("void*", function), called.call, ffi.NULL)

    def tensor(self, managed: Any) -> int:
        """The address of a new tensor object over a `ManagedTensor`, which must outlive it."""
        return self._created(self.c.TVMFFITensorFromDLPack, managed, 0, 0)

    def _created(self, create: Any, *arguments: Any) -> int:
        """The address of the object that a function of the library makes. Raises CallError."""
        out = ffi.new("void**")
        if create(*arguments, out) != 0:
            raise CallError(str(self.take_error()))
        return int(ffi.cast("uintptr_t", out[0]))

    def guarded_page(self) -> tuple[mmap.mmap, int]:
        """One page of memory, and the address behind its end, where a page begins that cannot be touched.

        That page lies behind the end of a file, so that a touch of it ends in `GUARD_SIGNAL`.
        """
        size = mmap.PAGESIZE
        file = os.memfd_create("guarded")
        try:
            os.ftruncate(file, 2 * size)
            pages = mmap.mmap(file, 2 * size, mmap.MAP_PRIVATE)  # a forked child's are its own
            os.ftruncate(file, size)
        finally:
            os.close(file)
        return pages, int(ffi.cast("uintptr_t", ffi.from_buffer(pages))) + size


def text(array: Any) -> bytes:
    """What a ByteArray points to."""
    return bytes(ffi.buffer(array.data, array.size)) if array.size else b""
