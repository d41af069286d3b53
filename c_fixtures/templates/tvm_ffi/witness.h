/* What the body of a typed function saw of its arguments, and the value that it is to return.
 *
 * A record for each argument lies in `witness`: the kind as which it arrived, in the words of the rules table, and the
 * bytes of its value. Whoever calls reads it there, and puts the value to return into `result`, before the call.
 */
#pragma once

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/rvalue_ref.h>
#include <tvm/ffi/string.h>
/* What only newer releases have. */
#if __has_include(<tvm/ffi/container/list.h>)
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#endif
#if __has_include(<tvm/ffi/expected.h>)
#include <tvm/ffi/expected.h>
#endif
#if __has_include(<tvm/ffi/big_int.h>)
#include <tvm/ffi/big_int.h>
#endif
#if __has_include(<tvm/ffi/extra/stl.h>)
#include <tvm/ffi/extra/stl.h>
#endif

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace abi {

using namespace tvm::ffi;

/* An enumeration of one's own. */
enum class Level : int32_t {};

/* Records one after the other: length and text of the kind, length and bytes of the value. */
struct Witness {
  int32_t entered;
  uint32_t size;
  unsigned char records[1 << 16];
};

/* Each thread's own: two calls at the same time must not find each other's. */
static thread_local Witness witness;
static thread_local TVMFFIAny result;

/* A string literal, so that its length is known without counting. */
struct Kind {
  template <size_t N>
  constexpr Kind(const char (&text)[N]) : text(text), size(N - 1) {}
  const char* text;
  uint8_t size;
};

inline void Put(const void* data, size_t size) {
  if (size > sizeof witness.records - witness.size) size = sizeof witness.records - witness.size;
  std::memcpy(witness.records + witness.size, data, size);
  witness.size += static_cast<uint32_t>(size);
}

inline void Record(Kind kind, const void* data = nullptr, size_t size = 0) {
  const auto length = static_cast<uint32_t>(size);
  Put(&kind.size, sizeof kind.size);
  Put(kind.text, kind.size);
  Put(&length, sizeof length);
  if (size != 0) Put(data, size);
}

inline void Record(Kind kind, const std::string& text) { Record(kind, text.data(), text.size()); }

/* Values that are their bytes. */
inline void Saw(int8_t x) { Record("i8", &x, sizeof x); }
inline void Saw(int16_t x) { Record("i16", &x, sizeof x); }
inline void Saw(int32_t x) { Record("i32", &x, sizeof x); }
inline void Saw(int64_t x) { Record("i64", &x, sizeof x); }
inline void Saw(uint8_t x) { Record("u8", &x, sizeof x); }
inline void Saw(uint16_t x) { Record("u16", &x, sizeof x); }
inline void Saw(uint32_t x) { Record("u32", &x, sizeof x); }
inline void Saw(uint64_t x) { Record("u64", &x, sizeof x); }
template <typename T>  // not any pointer, which would turn into a bool
std::enable_if_t<std::is_same_v<T, bool>> Saw(T x) {
  Record("bool", &x, sizeof x);
}
inline void Saw(float x) { Record("f32", &x, sizeof x); }
inline void Saw(double x) { Record("f64", &x, sizeof x); }
inline void Saw(void* x) { Record("handle", &x, sizeof x); }
inline void Saw(DLDataType x) { Record("dtype", &x, sizeof x); }
inline void Saw(DLDevice x) { Record("device", &x, sizeof x); }
inline void Saw(StrictBool x) { Saw(static_cast<bool>(x)); }
inline void Saw(Level x) { Saw(static_cast<int32_t>(x)); }
inline void Saw(std::nullptr_t) { Record("null"); }

/* Texts. */
inline void Saw(const String& x) { Record("str", x.data(), x.size()); }
inline void Saw(const Bytes& x) { Record("bytes", x.data(), x.size()); }
inline void Saw(const std::string& x) { Record("str", x); }
inline void Saw(const char* x) { x != nullptr ? Record("str", x, std::strlen(x)) : Record("str"); }
inline void Saw(TVMFFIByteArray* x) { x != nullptr ? Record("bytes", x->data, x->size) : Record("bytes"); }

/* The metadata of a tensor: the structure itself, then its shape, and its strides unless they are null. */
inline void Saw(const DLTensor* x) {
  if (x == nullptr) return Record("tensor");
  std::string bytes(reinterpret_cast<const char*>(x), sizeof *x);
  const auto extents = static_cast<size_t>(x->ndim < 0 ? 0 : x->ndim) * sizeof(int64_t);
  bytes.append(reinterpret_cast<const char*>(x->shape), extents);
  if (x->strides != nullptr) bytes.append(reinterpret_cast<const char*>(x->strides), extents);
  Record("tensor", bytes);
}
inline void Saw(DLTensor* x) { Saw(static_cast<const DLTensor*>(x)); }
inline void Saw(const TensorView& x) { Saw(static_cast<DLTensor*>(AnyView(x).CopyToTVMFFIAny().v_ptr)); }
inline void Saw(const Tensor& x) { x.defined() ? Saw(AnyView(x).cast<DLTensor*>()) : Record("tensor"); }

/* An object of which no more is told than which one it is. */
inline void SawObject(const Object* x) { x != nullptr ? Record("object", &x, sizeof x) : Record("null"); }
inline void Saw(const ObjectRef& x) { SawObject(x.get()); }
inline void Saw(const Function& x) { SawObject(x.get()); }
inline void Saw(const Error& x) { SawObject(x.get()); }
inline void Saw(const Object* x) { SawObject(x); }
template <typename T>
void Saw(const ObjectPtr<T>& x) {
  SawObject(x.get());
}
template <typename Signature>
void Saw(const TypedFunction<Signature>& x) {
  Saw(x.packed());
}
/* A copy of the function is what it holds: nobody can tell which. */
template <typename Signature>
void Saw(const std::function<Signature>&) {
  Record("function");
}

/* What containers hold, as JSON. */
inline std::string Json(int64_t x) { return std::to_string(x); }
inline std::string Json(double x) {
  char text[32];
  const std::string number(text, static_cast<size_t>(std::snprintf(text, sizeof text, "%.17g", x)));
  return number.find_first_of(".en") == std::string::npos ? number + ".0" : number;  // a float, not an integer
}
inline std::string Json(const std::string& x) { return '"' + x + '"'; }
inline std::string Json(const String& x) { return Json(std::string(x.data(), x.size())); }
std::string Json(const Any& x);

template <typename Items>
std::string JsonOfItems(const Items& items) {
  std::string text;
  for (const auto& x : items) text += (text.empty() ? "" : ", ") + Json(x);
  return '[' + text + ']';
}
template <typename Pairs>
std::string JsonOfMap(const Pairs& map) {
  std::string text;
  for (const auto& [key, value] : map) text += (text.empty() ? "" : ", ") + Json(key) + ": " + Json(value);
  return '{' + text + '}';
}
inline std::string Json(const Any& x) {
  switch (x.type_index()) {
    case kTVMFFINone: return "null";
    case kTVMFFIInt: return Json(x.cast<int64_t>());
    case kTVMFFIBool: return x.cast<bool>() ? "true" : "false";
    case kTVMFFIFloat: return Json(x.cast<double>());
    case kTVMFFISmallStr:
    case kTVMFFIStr: return Json(x.cast<String>());
    case kTVMFFIArray: return JsonOfItems(x.cast<Array<Any>>());
    case kTVMFFIMap: return JsonOfMap(x.cast<Map<Any, Any>>());
    default: return '"' + x.GetTypeKey() + '"';
  }
}
inline void Saw(const Shape& x) { Record("shape", JsonOfItems(x)); }
template <typename T>
void Saw(const Array<T>& x) {
  Record("array", JsonOfItems(x));
}
template <typename K, typename V>
void Saw(const Map<K, V>& x) {
  Record("map", JsonOfMap(x));
}
inline void Saw(const Tuple<int64_t, String>& x) {
  Record("array", '[' + Json(x.get<0>()) + ", " + Json(x.get<1>()) + ']');
}
#if __has_include(<tvm/ffi/container/list.h>)
template <typename T>
void Saw(const List<T>& x) {
  Record("list", JsonOfItems(x));
}
template <typename K, typename V>
void Saw(const Dict<K, V>& x) {
  Record("dict", JsonOfMap(x));
}
#endif

/* The standard library's types are copies of what was passed. */
inline void Saw(const std::vector<int64_t>& x) { Record("array", JsonOfItems(x)); }
template <size_t N>
void Saw(const std::array<int64_t, N>& x) {
  Record("array", JsonOfItems(x));
}
inline void Saw(const std::tuple<int64_t, String>& x) {
  Record("array", '[' + Json(std::get<0>(x)) + ", " + Json(std::get<1>(x)) + ']');
}
inline void Saw(const std::map<std::string, int64_t>& x) { Record("map", JsonOfMap(x)); }
inline void Saw(const std::unordered_map<std::string, int64_t>& x) { Record("map", JsonOfMap(x)); }
inline void Saw(const std::optional<int64_t>& x) { x ? Saw(*x) : Record("null"); }
inline void Saw(const std::variant<int64_t, String>& x) {
  std::visit([](const auto& one) { Saw(one); }, x);
}

/* What may be one thing or another arrives as what it is. */
inline void SawAny(AnyView x) {
  switch (x.type_index()) {
    case kTVMFFINone: return Record("null");
    case kTVMFFIInt: return Saw(x.cast<int64_t>());
    case kTVMFFIBool: return Saw(x.cast<bool>());
    case kTVMFFIFloat: return Saw(x.cast<double>());
    case kTVMFFIOpaquePtr: return Saw(x.cast<void*>());
    case kTVMFFIDataType: return Saw(x.cast<DLDataType>());
    case kTVMFFIDevice: return Saw(x.cast<DLDevice>());
    case kTVMFFIDLTensorPtr: return Saw(x.cast<DLTensor*>());
    case kTVMFFIRawStr: return Saw(x.cast<const char*>());
    case kTVMFFIByteArrayPtr: return Saw(x.cast<TVMFFIByteArray*>());
    case kTVMFFISmallStr:
    case kTVMFFIStr: return Saw(x.cast<String>());
    case kTVMFFISmallBytes:
    case kTVMFFIBytes: return Saw(x.cast<Bytes>());
    case kTVMFFIShape: return Saw(x.cast<Shape>());
    case kTVMFFIArray: return Saw(x.cast<Array<Any>>());
    case kTVMFFIMap: return Saw(x.cast<Map<Any, Any>>());
#if __has_include(<tvm/ffi/container/list.h>)
    case kTVMFFIList: return Saw(x.cast<List<Any>>());
    case kTVMFFIDict: return Saw(x.cast<Dict<Any, Any>>());
#endif
    default: {
      const TVMFFIAny raw = x.CopyToTVMFFIAny();
      if (raw.type_index < kTVMFFIStaticObjectBegin) return Record("unreadable", &raw, sizeof raw);
      return SawObject(reinterpret_cast<const Object*>(raw.v_obj));
    }
  }
}
inline void Saw(const Any& x) { SawAny(x); }
inline void Saw(const AnyView& x) { SawAny(x); }
template <typename T>
void Saw(const Optional<T>& x) {
  x.has_value() ? Saw(x.value()) : Record("null");
}
template <typename... V>
void Saw(const Variant<V...>& x) {
  SawAny(AnyView(x));
}

#if __has_include(<tvm/ffi/expected.h>)
template <typename T>
void Saw(const Expected<T>& x) {
  SawAny(AnyView(x));
}
#endif
#if __has_include(<tvm/ffi/big_int.h>)
inline void Saw(const BigInt& x) { SawAny(AnyView(x)); }
#endif
/* Takes the object away from the caller, as a body does that wants one of its own. */
template <typename T>
void Saw(const RValueRef<T>& x) {
  const T taken = *std::move(const_cast<RValueRef<T>&>(x));
  SawAny(AnyView(taken));
}

/* The first thing that a body does. */
template <typename... Args>
void Enter(const Args&... args) {
  witness.entered += 1;
  witness.size = 0;
  (Saw(args), ...);
}

/* The value to return: its very bits where they are a value, else what the runtime itself reads in them. */
template <typename R>
R Give() {
  if constexpr (std::is_floating_point_v<R>) {
    return static_cast<R>(result.v_float64);
  } else if constexpr (std::is_integral_v<R> || std::is_enum_v<R> || std::is_same_v<R, DLDataType> || std::is_same_v<R, DLDevice> ||
                       std::is_same_v<R, void*> || std::is_same_v<R, const char*>) {
    R value;
    std::memcpy(&value, &result.v_uint64, sizeof value);
    return value;
  } else if constexpr (std::is_same_v<R, Any>) {
    return Any(AnyView::CopyFromTVMFFIAny(result));
  } else if constexpr (!std::is_void_v<R>) {
    return AnyView::CopyFromTVMFFIAny(result).cast<R>();
  }
}

}  // namespace abi

extern "C" TVM_FFI_DLL_EXPORT abi::Witness* abi_witness() { return &abi::witness; }
extern "C" TVM_FFI_DLL_EXPORT TVMFFIAny* abi_result() { return &abi::result; }
