/* What is read of what another side made: lines, each with a label, in memory that outlives the process.
 *
 * Everything here is in an unnamed namespace: where the code of two releases is loaded globally, only what the
 * headers of tvm-ffi define may take the place of something else, nothing of the test's own.
 */
#pragma once

#include "lines.h"

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
#include <tvm/ffi/string.h>
/* What only newer releases have. */
#if __has_include(<tvm/ffi/container/list.h>)
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace tvm::ffi;

/* A text on one line; what is longer than anything that is made here is none. */
inline std::string OneLine(const char* data, size_t size) {
  if (size > (size_t{1} << 20)) return std::to_string(size) + " bytes";
  std::string out;
  for (size_t at = 0; at < size; ++at) {
    const unsigned char c = data[at];
    if (c >= 32 && c < 127 && c != '\\') {
      out += static_cast<char>(c);
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", c);
      out += escaped;
    }
  }
  return out;
}

/* Values, as a line shows them. */
inline std::string Show(const std::string& text) { return "'" + OneLine(text.data(), text.size()) + "'"; }
inline std::string Show(const char* text) { return text == nullptr ? "null" : Show(std::string(text)); }
inline std::string Show(const String& text) { return "'" + OneLine(text.data(), text.size()) + "'"; }
inline std::string Show(const Bytes& bytes) { return "bytes '" + OneLine(bytes.data(), bytes.size()) + "'"; }
inline std::string Show(bool value) { return value ? "true" : "false"; }
template <typename T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
std::string Show(T value) {
  return std::to_string(value);
}
inline std::string Show(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}
inline std::string Show(DLDataType type) {
  return "dtype(" + Show(type.code) + "," + Show(type.bits) + "," + Show(type.lanes) + ")";
}
inline std::string Show(DLDevice device) {
  return "device(" + Show(static_cast<int>(device.device_type)) + "," + Show(device.device_id) + ")";
}
template <typename Extents>
std::string ShowExtents(const Extents& extents) {
  std::string out;
  for (size_t at = 0; at < extents.size(); ++at) out += (at ? "," : "") + Show(extents[at]);
  return "(" + out + ")";
}
inline std::string Show(const Shape& shape) { return "shape" + ShowExtents(shape); }
inline std::string Show(const AnyView& value);
inline std::string Show(const Any& value) { return Show(AnyView(value)); }

template <typename Sequence>
std::string ShowSequence(const Sequence& sequence) {
  std::string out;
  for (const Any item : sequence) out += (out.empty() ? "" : ", ") + Show(item);
  return "[" + out + "]";
}
template <typename Mapping>
std::string ShowMapping(const Mapping& mapping) {
  std::string out;
  for (const auto& pair : mapping) {
    out += (out.empty() ? "" : ", ") + Show(Any(pair.first)) + ": " + Show(Any(pair.second));
  }
  return "{" + out + "}";
}

/* What is in a slot, read by this side's headers; of an object that they do not know, its type index. */
inline std::string Show(const AnyView& value) {
  switch (value.type_index()) {
    case kTVMFFINone: return "null";
    case kTVMFFIInt: return Show(value.cast<int64_t>());
    case kTVMFFIBool: return Show(value.cast<bool>());
    case kTVMFFIFloat: return Show(value.cast<double>());
    case kTVMFFIOpaquePtr: return "pointer " + Show(reinterpret_cast<uintptr_t>(value.cast<void*>()));
    case kTVMFFIDataType: return Show(value.cast<DLDataType>());
    case kTVMFFIDevice: return Show(value.cast<DLDevice>());
    case kTVMFFISmallStr:
    case kTVMFFIStr: return Show(value.cast<String>());
    case kTVMFFISmallBytes:
    case kTVMFFIBytes: return Show(value.cast<Bytes>());
    case kTVMFFIShape: return Show(value.cast<Shape>());
    case kTVMFFIArray: return ShowSequence(value.cast<Array<Any>>());
    case kTVMFFIMap: return ShowMapping(value.cast<Map<Any, Any>>());
#if __has_include(<tvm/ffi/container/list.h>)
    case kTVMFFIList: return "list " + ShowSequence(value.cast<List<Any>>());
    case kTVMFFIDict: return "dict " + ShowMapping(value.cast<Dict<Any, Any>>());
#endif
    case kTVMFFIError: {
      const Error error = value.cast<Error>();
      return std::string(error.kind()) + ": " + std::string(error.message());
    }
    case kTVMFFIFunction: return "function";
    case kTVMFFITensor: return "tensor";
    default: return value.type_index() < 128 ? "type index " + Show(value.type_index()) : "object";
  }
}
template <typename T, std::enable_if_t<std::is_base_of_v<ObjectRef, T> && !std::is_same_v<T, Shape>, int> = 0>
std::string Show(const T& object) {
  return Show(AnyView(object));
}
template <typename... V>
std::string Show(const Variant<V...>& value) {
  return Show(Any(value));
}
template <typename T>
std::string Show(const Optional<T>& value) {
  return value.has_value() ? "some " + Show(value.value()) : "none";
}

/* A place for what a function returns, between bytes that nobody may write.
 *
 * A class that a virtual function returns is written by the callee, as large as it is in the callee's headers, to where
 * the caller's headers have room for it.
 */
template <typename T>
class Landing {
 public:
  template <typename F>
  explicit Landing(F make) {
    std::memset(bytes_, kFill, sizeof bytes_);
    new (bytes_ + kFence) T(make());
  }
  ~Landing() {
    if (overrun_ == 0) value().~T();
  }
  T& value() { return *std::launder(reinterpret_cast<T*>(bytes_ + kFence)); }
  /* How many bytes behind its place were written. */
  size_t Overrun() {
    for (size_t at = 0; at < kFence; ++at) {
      if (bytes_[kFence + sizeof(T) + at] != kFill) overrun_ = at + 1;
    }
    return overrun_;
  }

 private:
  static constexpr size_t kFence = 64;
  static constexpr unsigned char kFill = 0xa5;
  alignas(64) unsigned char bytes_[sizeof(T) + 2 * kFence];
  size_t overrun_ = 0;
};

/* Leaves lines in a witness. */
class Report {
 public:
  explicit Report(Witness* witness) : witness_(witness) {}

  /* Says what is about to be done. */
  void Begin(const std::string& label) {
    std::snprintf(witness_->step, sizeof witness_->step, "%s%s", witness_->side, label.c_str());
  }

  /* One line: what `read` gives, a std::string as it is, or what it throws.
   *
   * An error is told by its kind alone: its text is that of whoever's headers have thrown it.
   */
  template <typename F>
  void operator()(const std::string& label, F read) {
    Begin(label);
    std::string said;
    try {
      if constexpr (std::is_void_v<decltype(read())>) {
        read();
        said = "done";
      } else if constexpr (std::is_same_v<decltype(read()), std::string>) {
        said = read();
      } else {
        said = Show(read());
      }
    } catch (const Error& error) {
      said = "threw " + std::string(error.kind());
    } catch (const std::exception&) {
      said = "threw a standard exception";
    }
    Line(label, said);
  }

  /* One line: what a function returned, wherever it wrote it, as `show` shows it. */
  template <typename F>
  void Returned(const std::string& label, F call) {
    Returned(label, call, [](const auto& value) { return Show(value); });
  }
  template <typename F, typename S>
  void Returned(const std::string& label, F call, S show) {
    (*this)(label, [&] {
      Landing<decltype(call())> landing(call);
      if (const size_t overrun = landing.Overrun()) {
        return "wrote " + std::to_string(overrun) + " bytes behind the place of what it returns";
      }
      return std::string(show(landing.value()));
    });
  }

 private:
  void Line(const std::string& label, const std::string& said) {
    std::string line = witness_->side + label + ": " + said;
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.size() > kLongest) {
      uint64_t hash = 14695981039346656037u;  // FNV-1a
      for (const char c : line) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
      line = line.substr(0, kLongest) + " ... " + std::to_string(line.size()) + " characters, " + std::to_string(hash);
    }
    line += "\n";
    if (witness_->used + line.size() > sizeof witness_->text) return;
    std::memcpy(witness_->text + witness_->used, line.data(), line.size());
    witness_->used += line.size();
  }

  static constexpr size_t kLongest = 400;
  Witness* witness_;
};

/* A text of a length, the same wherever it is made. */
inline std::string Letters(int64_t size, int64_t from = 0) {
  std::string out;
  for (int64_t at = 0; at < size; ++at) out += static_cast<char>('a' + (from + at) % 26);
  return out;
}

/* One of many values: a number, a text that fits into a slot, one that does not, a fraction. */
inline Any Item(int64_t at) {
  switch (at % 4) {
    case 0: return Any(at * 1000003 - 7);
    case 1: return Any(String("s" + std::to_string(at)));
    case 2: return Any(String("a text of item " + std::to_string(at) + ", too long for a slot"));
    default: return Any(static_cast<double>(at) / 4);
  }
}

/* One exchange: what a side makes, what the other does with it, and what the maker finds when it has it back.
 *
 * `make` and `back` run on the maker's side, `use` on the user's, each compiled with the headers of its side. What
 * `use` gives goes back to the maker.
 */
struct Exchange {
  const char* what;
  Any (*make)(int64_t number, Report& report);
  Any (*use)(Any given, int64_t number, Report& report);
  void (*back)(Any returned, int64_t number, Report& report);
};

/* Most exchanges end when what was made is given up. */
inline void GiveUp(Any returned, int64_t, Report& report) {
  report("maker, gives up what came back", [&] { returned = nullptr; });
}
inline void ReadBack(Any returned, int64_t number, Report& report) {
  report("maker, what came back", [&] { return returned; });
  GiveUp(std::move(returned), number, report);
}

/* The user drops the last reference: what the maker allocated is freed by what the user calls. */
inline Any FreeIt(Any given, int64_t, Report& report) {
  report("frees it", [&] { given = nullptr; });
  return Any();
}

}  // namespace
