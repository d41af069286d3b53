"""Headers that are made as tvm-ffi's are, and little else: structures of C, classes below Object, virtual functions."""

HEADERS = {
    "dlpack/dlpack.h": """
#pragma once
typedef struct { void* data; } DLTensor;
""",
    "tvm/ffi/c_api.h": """
#pragma once
#include <stdint.h>
#ifdef __cplusplus
enum TVMFFITypeIndex : int32_t {
#else
typedef enum {
#endif
  kNone = 0,
#ifdef __cplusplus
};
#else
} TVMFFITypeIndex;
#endif
typedef struct {
  int32_t type_index;
  union { int64_t v_int64; };
} TVMFFIAny;
extern "C" {
int TVMFFIObjectDecRef(void* handle);
int TVMFFISetHook(int (*hook)(void* self), void* self);
}
""",
    "tvm/ffi/object.h": """
#pragma once
#include <dlpack/dlpack.h>
#include <tvm/ffi/c_api.h>
namespace tvm {
namespace ffi {
class Object { int64_t count_; };
class ObjectRef { Object* data_; };
class Any { TVMFFIAny data_; };
class String { TVMFFIAny data_; };
template <typename T>
class Optional { T data_; };
namespace details {
class HiddenObj : public Object {};
}
class ErrorObj : public Object, public TVMFFIAny {};
class ModuleObj : public Object {
 public:
  virtual const char* kind() const = 0;
  virtual Optional<String> GetFunction(const String& name) { return {}; }
  virtual void GetFunction(const String& name, bool query_imports);
  int64_t more_;
};
}
}
""",
    "tvm/ffi/extra/cuda/base.h": "#include <cuda.h>\n",
}
