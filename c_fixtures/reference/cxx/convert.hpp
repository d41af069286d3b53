// What crosses in a packed call, and how each C++ type lies in its slot. binding.hpp has the functions that stubs call.
#ifndef ABI_CXX_CONVERT_HPP
#define ABI_CXX_CONVERT_HPP

#include <cstddef>
#include <cstdint>
#include <type_traits>

// DLPack 0.x, as TVM uses it.
struct DLDataType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct DLDevice {
  std::int32_t device_type;
  std::int32_t device_id;
};

struct DLTensor {
  void* data;
  DLDevice device;
  std::int32_t ndim;
  DLDataType dtype;
  std::int64_t* shape;
  std::int64_t* strides; // in elements; null means compact and row-major
  std::uint64_t byte_offset;
};

struct AbiBytes {
  const char* data;
  std::size_t size;
};

// What a callee declares of a tensor.
struct AbiTensorSpec {
  DLDataType dtype;
  int ndim;
  const std::int64_t* shape;
  const std::int64_t* strides; // null: the tensor must be compact
  std::uint64_t byte_offset;
  DLDevice device;
};

union AbiValue {
  std::int64_t v_int64;
  double v_float64;
  void* v_handle;
  DLDataType v_type;
  DLDevice v_device;
};

namespace packed {

// The type codes of TVM's c_runtime_api.h that have a kind.
namespace code {
constexpr int Int = 0, Float = 2, Handle = 3, Null = 4, DType = 5, Device = 6, Tensor = 7, Str = 11, Bytes = 12,
              NDArray = 13;
}

// Codes by their bits.
template <class... Codes>
constexpr unsigned set(Codes... codes) {
  return (0u | ... | (1u << codes));
}

constexpr bool contains(unsigned codes, int code) {
  return code >= 0 && code < 32 && (codes >> code & 1) != 0;
}

// Under which code a type travels, and which codes an argument and a result of it take.
template <int Own, unsigned Accepts = set(Own), unsigned Returns = set(Own)>
struct Codes {
  static constexpr int own = Own;
  static constexpr unsigned accepts = Accepts;
  static constexpr unsigned returns = Returns;
};

template <class T>
struct Traits : Codes<std::is_floating_point_v<T> ? code::Float : code::Int> {
  static_assert(std::is_arithmetic_v<T>, "this type cannot cross");
};

template <>
struct Traits<void> : Codes<code::Null> {};
template <>
struct Traits<void*>
    : Codes<code::Handle, set(code::Handle, code::Null, code::Tensor, code::NDArray), set(code::Handle, code::Null)> {};
template <>
struct Traits<const char*> : Codes<code::Str> {};
template <>
struct Traits<const AbiBytes*> : Codes<code::Bytes> {};
template <>
struct Traits<DLDataType> : Codes<code::DType> {};
template <>
struct Traits<DLDevice> : Codes<code::Device> {};
template <>
struct Traits<DLTensor*> : Codes<code::Tensor, set(code::Handle, code::Tensor, code::NDArray)> {};

// From a slot to a value. Integers wrap to their width without a check, as in TVM's emitted code.
template <class T>
T load(const AbiValue& slot) {
  if constexpr (std::is_same_v<T, bool>) {
    return slot.v_int64 != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(slot.v_int64);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(slot.v_float64);
  } else if constexpr (std::is_pointer_v<T>) {
    return static_cast<T>(slot.v_handle);
  } else if constexpr (std::is_same_v<T, DLDataType>) {
    return slot.v_type;
  } else {
    return slot.v_device;
  }
}

// And back, by the overload that fits.
template <class T>
std::enable_if_t<std::is_integral_v<T>> store(AbiValue& slot, T value) {
  slot.v_int64 = static_cast<std::int64_t>(value);
}
inline void store(AbiValue& slot, double value) {
  slot.v_float64 = value;
}
inline void store(AbiValue& slot, const void* value) {
  slot.v_handle = const_cast<void*>(value);
}
inline void store(AbiValue& slot, DLDataType value) {
  slot.v_type = value;
}
inline void store(AbiValue& slot, DLDevice value) {
  slot.v_device = value;
}

} // namespace packed

#endif
