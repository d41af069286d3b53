// How generated stubs reach a packed (X0) runtime in C++: the calling convention of reference/binding.h, whose functions
// are made from templates here. This header needs nothing of the project.
#ifndef ABI_CXX_BINDING_HPP
#define ABI_CXX_BINDING_HPP

#include "convert.hpp"

#include <string>

using AbiPackedFunc = int (*)(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);

namespace packed {

constexpr int no_argument = -1;

// Every int that is a status is 0 for success; anything else is an error whose text last_error() gives.
int fail(const std::string& problem, int index = no_argument);
int fail_code(int expected, int received, int index = no_argument);
const char* last_error(); // "" when there is none; valid until the thread's next call
void forget_error();
int check_tensor(const AbiTensorSpec& spec, const DLTensor* tensor, int index);

template <class T>
int check(int code, int index) {
  return contains(Traits<T>::accepts, code) ? 0 : fail_code(Traits<T>::own, code, index);
}

template <class T>
void pack(AbiValue& slot, int& code, T value) {
  store(slot, value);
  code = Traits<T>::own;
}

// The body has run by now, but a null slot is detected all the same.
template <class T>
int give(T value, AbiValue* ret, int* ret_code) {
  if (ret == nullptr || ret_code == nullptr) return fail("return: the place for the result is null");
  store(*ret, value);
  *ret_code = Traits<T>::own;
  return 0;
}

template <class T>
int check_taken(int code) {
  return contains(Traits<T>::returns, code) ? 0 : fail_code(Traits<T>::own, code);
}

template <class T>
int take(const AbiValue* ret, int ret_code, T& out) {
  if (check_taken<T>(ret_code)) return -1;
  out = load<T>(*ret);
  return 0;
}

} // namespace packed

inline int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (num_args != expected) {
    return packed::fail("expected " + std::to_string(expected) + " arguments, received " + std::to_string(num_args));
  }
  if (expected > 0 && args == nullptr) return packed::fail("the array of arguments is null");
  if (expected > 0 && codes == nullptr) return packed::fail("the array of type codes is null");
  return 0;
}

// The functions of a kind whose values are of type T, but for what unpacks it.
#define ABI_KIND(K, T)                                                       \
  inline int abi_check_##K(const int* codes, int index) {                    \
    return packed::check<T>(codes[index], index);                            \
  }                                                                          \
  inline void abi_pack_##K(AbiValue* args, int* codes, int index, T value) { \
    packed::pack(args[index], codes[index], value);                          \
  }                                                                          \
  inline int abi_return_##K(T value, AbiValue* ret, int* ret_code) {         \
    return packed::give(value, ret, ret_code);                               \
  }                                                                          \
  inline int abi_take_##K(const AbiValue* ret, int ret_code, T* out) {       \
    return packed::take(ret, ret_code, *out);                                \
  }

#define ABI_VALUE(K, T)                                                            \
  ABI_KIND(K, T)                                                                   \
  inline int abi_unpack_##K(const AbiValue* args, const int*, int index, T* out) { \
    *out = packed::load<T>(args[index]);                                           \
    return 0;                                                                      \
  }

ABI_VALUE(i8, std::int8_t)
ABI_VALUE(i16, std::int16_t)
ABI_VALUE(i32, std::int32_t)
ABI_VALUE(i64, std::int64_t)
ABI_VALUE(u8, std::uint8_t)
ABI_VALUE(u16, std::uint16_t)
ABI_VALUE(u32, std::uint32_t)
ABI_VALUE(u64, std::uint64_t)
ABI_VALUE(f32, float)
ABI_VALUE(f64, double)
ABI_VALUE(bool, bool)
ABI_VALUE(handle, void*)
ABI_VALUE(str, const char*)
ABI_VALUE(bytes, const AbiBytes*)
ABI_VALUE(dtype, DLDataType)
ABI_VALUE(device, DLDevice)
ABI_KIND(tensor, DLTensor*)

// A tensor's metadata is compared with what is declared while it is unpacked.
inline int abi_unpack_tensor(const AbiValue* args, const int*, int index, const AbiTensorSpec* spec, DLTensor** out) {
  *out = packed::load<DLTensor*>(args[index]);
  return packed::check_tensor(*spec, *out, index);
}

// Nothing to return, and a null argument.
inline int abi_return_none(AbiValue* ret, int* ret_code) {
  if (packed::give(static_cast<void*>(nullptr), ret, ret_code)) return -1;
  *ret_code = packed::code::Null;
  return 0;
}
inline int abi_take_none(const AbiValue*, int ret_code) {
  return packed::check_taken<void>(ret_code);
}
inline void abi_pack_null(AbiValue* args, int* codes, int index) {
  packed::pack(args[index], codes[index], static_cast<void*>(nullptr));
  codes[index] = packed::code::Null;
}

// A call begins with a clean slate, so what an error of an earlier call left is gone; it rejects nothing by itself.
inline int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code,
                    void* handle) {
  packed::forget_error();
  return f(args, codes, num_args, ret, ret_code, handle);
}
inline const char* abi_last_error() {
  return packed::last_error();
}

#endif
