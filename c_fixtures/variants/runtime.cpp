// A packed runtime in C++, correct by the rules tvm-packed: it rejects by exceptions, keeps its error in a string of
// each thread, and knows its kinds as types. No exception leaves a function of the binding header.
//
//     g++ -std=c++17 -shared -fPIC -o libruntime.so runtime.cpp
//
// With MISTAKE defined a call that succeeds leaves the error of the one before it.
#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>

extern "C" {
#include "../reference/binding.h"
}

namespace {

thread_local std::string last_error;

struct Rejected : std::runtime_error {
  using runtime_error::runtime_error;
};

std::string name_of(int code) {
  static const char* const names[] = {"int",    "uint",   "float",  "handle", "null", "dtype", "device", "tensor",
                                      "object", "module", "packed", "str",    "bytes", "ndarray", "rvalue"};
  return code >= ABI_INT && code <= ABI_RVALUE ? names[code] : "code " + std::to_string(code);
}

std::string argument(int index) {
  return "argument " + std::to_string(index) + ": ";
}

// Runs what may throw; an exception becomes the error of the thread.
template <class Work>
int guarded(Work work) noexcept {
  try {
    work();
    return 0;
  } catch (const std::exception& rejected) {
    last_error = rejected.what();
    return -1;
  }
}

// What a kind travels under, and what is accepted of it as an argument and as a result.
struct Kind {
  int code;
  std::initializer_list<int> accepts;
  std::initializer_list<int> returns;

  static void require(const std::initializer_list<int>& codes, int code, int expected, const std::string& where) {
    if (std::find(codes.begin(), codes.end(), code) == codes.end())
      throw Rejected(where + "expected " + name_of(expected) + ", received " + name_of(code));
  }
  int check(const int* codes, int index) const {
    return guarded([&] { require(accepts, codes[index], code, argument(index)); });
  }
  void taken(int ret_code) const { require(returns, ret_code, code, "return: "); }
};

const Kind integer{ABI_INT, {ABI_INT}, {ABI_INT}};
const Kind floating{ABI_FLOAT, {ABI_FLOAT}, {ABI_FLOAT}};
const Kind handle{ABI_HANDLE, {ABI_HANDLE, ABI_NULL, ABI_TENSOR, ABI_NDARRAY}, {ABI_HANDLE, ABI_NULL}};
const Kind text{ABI_STR, {ABI_STR}, {ABI_STR}};
const Kind bytes{ABI_BYTES, {ABI_BYTES}, {ABI_BYTES}};
const Kind dtype{ABI_DTYPE, {ABI_DTYPE}, {ABI_DTYPE}};
const Kind device{ABI_DEVICE, {ABI_DEVICE}, {ABI_DEVICE}};
const Kind tensor{ABI_TENSOR, {ABI_HANDLE, ABI_TENSOR, ABI_NDARRAY}, {ABI_TENSOR}};
const Kind nothing{ABI_NULL, {}, {ABI_NULL}};

void place(const AbiValue* ret, const int* ret_code) {
  if (ret == nullptr || ret_code == nullptr) throw Rejected("return: the place for the result is null");
}

// Compares the metadata of one tensor with what is declared of it.
class Comparison {
 public:
  Comparison(int index, const AbiTensorSpec& spec, const DLTensor& given) : index(index), spec(spec), given(given) {}

  void run() const {
    equal("ndim", spec.ndim, given.ndim);
    equal("dtype.code", spec.dtype.code, given.dtype.code);
    equal("dtype.bits", spec.dtype.bits, given.dtype.bits);
    equal("dtype.lanes", spec.dtype.lanes, given.dtype.lanes);
    if (spec.ndim > 0) present("shape", given.shape);
    bool empty = false;
    for (int i = 0; i < spec.ndim; ++i) {
      equal("shape", spec.shape[i], given.shape[i]);
      empty = empty || spec.shape[i] == 0;
    }
    if (!empty) strides();
    equal("byte_offset", spec.byte_offset, given.byte_offset);
    equal("device_type", spec.device.device_type, given.device.device_type);
    equal("device_id", spec.device.device_id, given.device.device_id);
    if (!empty) present("data", given.data);
  }

 private:
  template <class Number>
  void equal(const char* what, Number expected, Number received) const {
    if (expected != received)
      throw Rejected(argument(index) + "expected " + what + ' ' + std::to_string(expected) + ", received " +
                     std::to_string(received));
  }
  void present(const char* what, const void* pointer) const {
    if (pointer == nullptr) throw Rejected(argument(index) + "expected " + what + ", received a null pointer");
  }
  void strides() const {
    uint64_t compact = 1;  // may wrap, as a product of extents does
    for (int i = spec.ndim - 1; i >= 0; --i) {
      const auto expected = spec.strides ? spec.strides[i] : static_cast<int64_t>(compact);
      const auto received = given.strides ? given.strides[i] : static_cast<int64_t>(compact);
      if (spec.shape[i] != 1) equal("strides", expected, received);
      compact *= static_cast<uint64_t>(spec.shape[i]);
    }
  }

  int index;
  const AbiTensorSpec& spec;
  const DLTensor& given;
};

}  // namespace

extern "C" {

const char* abi_last_error(void) {
  return last_error.c_str();
}

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  return guarded([&] {
    if (num_args != expected)
      throw Rejected("expected " + std::to_string(expected) + " arguments, received " + std::to_string(num_args));
    if (expected > 0 && args == nullptr) throw Rejected("the array of arguments is null");
    if (expected > 0 && codes == nullptr) throw Rejected("the array of type codes is null");
  });
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* resource) {
#ifndef MISTAKE
  last_error.clear();
#endif
  return f(args, codes, num_args, ret, ret_code, resource);
}

// All functions of a kind; STORED is what is put into MEMBER of a slot, TAKEN what is made of it.
#define DEFINE(K, CTYPE, KIND, MEMBER, STORED, TAKEN)                                 \
  int abi_check_##K(const int* codes, int index) {                                    \
    return KIND.check(codes, index);                                                  \
  }                                                                                   \
  int abi_unpack_##K(const AbiValue* args, const int*, int index, CTYPE* out) {       \
    const AbiValue& slot = args[index];                                               \
    *out = TAKEN;                                                                     \
    return 0;                                                                         \
  }                                                                                   \
  void abi_pack_##K(AbiValue* args, int* codes, int index, CTYPE value) {             \
    args[index].MEMBER = STORED;                                                      \
    codes[index] = KIND.code;                                                         \
  }                                                                                   \
  int abi_return_##K(CTYPE value, AbiValue* ret, int* ret_code) {                     \
    return guarded([&] {                                                              \
      place(ret, ret_code);                                                           \
      ret->MEMBER = STORED;                                                           \
      *ret_code = KIND.code;                                                          \
    });                                                                               \
  }                                                                                   \
  int abi_take_##K(const AbiValue* ret, int ret_code, CTYPE* out) {                   \
    return guarded([&] {                                                              \
      const AbiValue& slot = *ret;                                                    \
      KIND.taken(ret_code);                                                           \
      *out = TAKEN;                                                                   \
    });                                                                               \
  }
#define INTEGER(K, CTYPE) DEFINE(K, CTYPE, integer, v_int64, static_cast<int64_t>(value), static_cast<CTYPE>(slot.v_int64))
#define FLOATING(K, CTYPE) DEFINE(K, CTYPE, floating, v_float64, value, static_cast<CTYPE>(slot.v_float64))

INTEGER(i8, int8_t)
INTEGER(i16, int16_t)
INTEGER(i32, int32_t)
INTEGER(i64, int64_t)
INTEGER(u8, uint8_t)
INTEGER(u16, uint16_t)
INTEGER(u32, uint32_t)
INTEGER(u64, uint64_t)
FLOATING(f32, float)
FLOATING(f64, double)
DEFINE(bool, bool, integer, v_int64, value, slot.v_int64 != 0)
DEFINE(handle, void*, handle, v_handle, value, slot.v_handle)
DEFINE(str, const char*, text, v_str, value, slot.v_str)
DEFINE(bytes, const AbiBytes*, bytes, v_handle, const_cast<AbiBytes*>(value), static_cast<const AbiBytes*>(slot.v_handle))
DEFINE(dtype, DLDataType, dtype, v_type, value, slot.v_type)
DEFINE(device, DLDevice, device, v_device, value, slot.v_device)

int abi_check_tensor(const int* codes, int index) {
  return tensor.check(codes, index);
}

int abi_unpack_tensor(const AbiValue* args, const int*, int index, const AbiTensorSpec* spec, DLTensor** out) {
  return guarded([&] {
    auto* given = static_cast<DLTensor*>(args[index].v_handle);
    if (given == nullptr) throw Rejected(argument(index) + "expected tensor, received a null pointer");
    Comparison(index, *spec, *given).run();
    *out = given;
  });
}

void abi_pack_tensor(AbiValue* args, int* codes, int index, DLTensor* value) {
  args[index].v_handle = value;
  codes[index] = tensor.code;
}

int abi_return_tensor(DLTensor* value, AbiValue* ret, int* ret_code) {
  return guarded([&] {
    place(ret, ret_code);
    ret->v_handle = value;
    *ret_code = tensor.code;
  });
}

int abi_take_tensor(const AbiValue* ret, int ret_code, DLTensor** out) {
  return guarded([&] {
    tensor.taken(ret_code);
    *out = static_cast<DLTensor*>(ret->v_handle);
  });
}

int abi_return_none(AbiValue* ret, int* ret_code) {
  return guarded([&] {
    place(ret, ret_code);
    ret->v_handle = nullptr;
    *ret_code = nothing.code;
  });
}

int abi_take_none(const AbiValue*, int ret_code) {
  return guarded([&] { nothing.taken(ret_code); });
}

void abi_pack_null(AbiValue* args, int* codes, int index) {
  args[index].v_handle = nullptr;
  codes[index] = nothing.code;
}

}  // extern "C"
