/* Texts and bytes, within a slot and beyond it. */
#pragma once

#include "report.h"

namespace {

template <typename T>
Any MakeText(int64_t number, Report&) {
  const std::string letters = Letters(number);
  return Any(T(letters.data(), letters.size()));
}

/* Keeps the standard string itself, which is then an object whatever its size. */
template <typename T>
Any AdoptText(int64_t number, Report&) {
  return Any(T(Letters(number)));
}

template <typename T>
Any TextFromRuntime(int64_t number, Report&) {
  const std::string letters = Letters(number);
  const TVMFFIByteArray array{letters.data(), letters.size()};
  TVMFFIAny slot{};
  const auto create = std::is_same_v<T, String> ? TVMFFIStringFromByteArray : TVMFFIBytesFromByteArray;
  TVM_FFI_CHECK_SAFE_CALL(create(&array, &slot));
  Any value(AnyView::CopyFromTVMFFIAny(slot));
  if (slot.type_index >= kTVMFFIStaticObjectBegin) TVMFFIObjectDecRef(slot.v_obj);
  return value;
}

template <typename T>
Any ReadText(Any given, int64_t number, Report& report) {
  report("type index", [&] { return given.type_index(); });
  T text = given.cast<T>();
  report("size", [&] { return text.size(); });
  report("content", [&] { return text; });
  report("the null byte behind it", [&] { return static_cast<int>(text.data()[text.size()]); });
  report("operator std::string", [&] { return Show(static_cast<std::string>(text)); });
  const T same(Letters(number));
  report("equal hashes", [&] { return AnyHash()(Any(text)) == AnyHash()(Any(same)); });
  report("equal as values", [&] { return AnyEqual()(Any(text), Any(same)); });
  if constexpr (std::is_same_v<T, String>) {
    report("equal to one of the reader's own", [&] { return text == same; });
    report("compare", [&] { return text.compare(String("b")) < 0; });
    report("c_str", [&] { return text.c_str(); });
    report("starts with itself", [&] { return std::strncmp(text.c_str(), same.c_str(), text.size()) == 0; });
    report("operator+", [&] { return text + "-" + text; });
  }
  return given;
}

/* A copy in a variable of its own, moved about, and all but the maker's given up. */
template <typename T>
Any MoveText(Any given, int64_t, Report& report) {
  T first = std::move(given).template cast<T>();
  report("moved out of Any", [&] { return first; });
  T second = std::move(first);
  report("moved", [&] { return second; });
  first = second;
  report("copied", [&] { return first; });
  second = T(Letters(3));
  report("after another was assigned", [&] { return first; });
  return Any(std::move(first));
}

const Exchange kTextExchanges[] = {
    {"string.read", MakeText<String>, ReadText<String>, ReadBack},
    {"string.adopt", AdoptText<String>, ReadText<String>, ReadBack},
    {"string.move", MakeText<String>, MoveText<String>, ReadBack},
    {"string.from-runtime", TextFromRuntime<String>, ReadText<String>, ReadBack},
    {"bytes.read", MakeText<Bytes>, ReadText<Bytes>, ReadBack},
    {"bytes.adopt", AdoptText<Bytes>, ReadText<Bytes>, ReadBack},
    {"bytes.move", MakeText<Bytes>, MoveText<Bytes>, ReadBack},
    {"bytes.from-runtime", TextFromRuntime<Bytes>, ReadText<Bytes>, ReadBack},
};

}  // namespace
