/* Arrays, and lists where the headers have them: read, grown, shared, taken to pieces. */
#pragma once

#include "report.h"

namespace {

template <typename Sequence>
Sequence SequenceOf(int64_t number) {
  Sequence out;
  for (int64_t at = 0; at < number; ++at) out.push_back(Item(at));
  return out;
}
template <typename Sequence>
Any MakeSequence(int64_t number, Report&) {
  return Any(SequenceOf<Sequence>(number));
}

/* A second reference stays with the maker. */
template <typename Sequence>
Sequence& KeptSequence() {
  static Sequence kept;
  return kept;
}
template <typename Sequence>
Any MakeSharedSequence(int64_t number, Report&) {
  KeptSequence<Sequence>() = SequenceOf<Sequence>(number);
  return Any(KeptSequence<Sequence>());
}
template <typename Sequence>
void SharedSequenceBack(Any returned, int64_t number, Report& report) {
  report("maker, what it kept", [&] { return ShowSequence(KeptSequence<Sequence>()); });
  report("maker, the same object", [&] { return KeptSequence<Sequence>().get() == returned.cast<Sequence>().get(); });
  ReadBack(std::move(returned), number, report);
  report("maker, the references left", [&] { return KeptSequence<Sequence>().use_count(); });
  report("maker, gives up what it kept", [&] { KeptSequence<Sequence>() = Sequence(); });
}

template <typename Sequence>
Any SequenceFromRuntime(int64_t number, Report&) {
  std::vector<AnyView> items;
  std::vector<Any> kept;
  for (int64_t at = 0; at < number; ++at) kept.push_back(Item(at));
  for (const Any& item : kept) items.push_back(item);
  Any made;
  const bool array = std::is_same_v<Sequence, Array<Any>>;
  Function::GetGlobalRequired(array ? "ffi.Array" : "ffi.List")
      .CallPacked(items.data(), static_cast<int32_t>(items.size()), &made);
  return made;
}

template <typename Sequence>
Any ReadSequence(Any given, int64_t number, Report& report) {
  report("type index", [&] { return given.type_index(); });
  const Sequence sequence = given.cast<Sequence>();
  report("size", [&] { return sequence.size(); });
  report("empty", [&] { return sequence.empty(); });
  report("room for what is in it", [&] { return sequence.capacity() >= sequence.size(); });
  report("items in order", [&] { return ShowSequence(sequence); });
  report("items by index", [&] {
    std::string out;
    for (int64_t at = 0; at < static_cast<int64_t>(sequence.size()); ++at) out += Show(Any(sequence[at])) + " ";
    return out;
  });
  report("items backwards", [&] {
    std::string out;
    for (auto item = sequence.rbegin(); item != sequence.rend(); ++item) out += Show(Any(*item)) + " ";
    return out;
  });
  report("behind the end", [&] { return Any(sequence[static_cast<int64_t>(sequence.size())]); });
  if (number > 0) {
    report("front", [&] { return Any(sequence.front()); });
    report("back", [&] { return Any(sequence.back()); });
  }
  report("references", [&] { return sequence.use_count(); });
  report("as integers", [&] { return given.template try_cast<Array<int64_t>>().has_value(); });
  return given;
}

template <typename Sequence>
Any ExtendSequence(Any given, int64_t number, Report& report) {
  Sequence sequence = given.cast<Sequence>();
  given = nullptr;
  report("push_back", [&] {
    for (int64_t at = 0; at < 20; ++at) sequence.push_back(Item(at + 100));
    return ShowSequence(sequence);
  });
  report("insert", [&] {
    sequence.insert(sequence.begin() + 1, Any(String(Letters(12))));
    return ShowSequence(sequence);
  });
  report("Set", [&] {
    sequence.Set(0, Any(int64_t{-1}));
    return ShowSequence(sequence);
  });
  report("erase", [&] {
    sequence.erase(sequence.begin() + 2);
    return ShowSequence(sequence);
  });
  report("pop_back", [&] {
    sequence.pop_back();
    return ShowSequence(sequence);
  });
  report("resize", [&] {
    sequence.resize(number + 4);
    return ShowSequence(sequence);
  });
  report("reserve", [&] {
    sequence.reserve(number + 200);
    return ShowSequence(sequence);
  });
  return Any(std::move(sequence));
}

template <typename Sequence>
Any ClearSequence(Any given, int64_t, Report& report) {
  Sequence sequence = given.cast<Sequence>();
  given = nullptr;
  report("clear", [&] { sequence.clear(); });
  report("push_back", [&] { sequence.push_back(Item(2)); });
  return Any(std::move(sequence));
}

/* The runtime itself reads what a side made. */
template <typename Sequence>
Any SequenceByRuntime(Any given, int64_t number, Report& report) {
  const std::string prefix = std::is_same_v<Sequence, Array<Any>> ? "ffi.Array" : "ffi.List";
  report("runtime, size", [&] { return Function::GetGlobalRequired(prefix + "Size")(given); });
  report("runtime, items", [&] {
    std::string out;
    const Function get = Function::GetGlobalRequired(prefix + "GetItem");
    for (int64_t at = 0; at < number; ++at) out += Show(get(given, at)) + " ";
    return out;
  });
  return given;
}
inline Any JsonByRuntime(Any given, int64_t, Report& report) {
  report("runtime, as JSON", [&] { return Function::GetGlobalRequired("ffi.json.Stringify")(given, nullptr); });
  report("runtime, structurally equal to itself", [&] {
    return Function::GetGlobalRequired("ffi.GetFirstStructuralMismatch")(given, given, false, false) == nullptr;
  });
  return given;
}

const Exchange kSequenceExchanges[] = {
    {"array.read", MakeSequence<Array<Any>>, ReadSequence<Array<Any>>, ReadBack},
    {"array.extend", MakeSequence<Array<Any>>, ExtendSequence<Array<Any>>, ReadBack},
    {"array.extend-shared", MakeSharedSequence<Array<Any>>, ExtendSequence<Array<Any>>, SharedSequenceBack<Array<Any>>},
    {"array.clear", MakeSequence<Array<Any>>, ClearSequence<Array<Any>>, ReadBack},
    {"array.free", MakeSequence<Array<Any>>, FreeIt, GiveUp},
    {"array.by-runtime", MakeSequence<Array<Any>>, SequenceByRuntime<Array<Any>>, ReadBack},
    {"array.json-by-runtime", MakeSequence<Array<Any>>, JsonByRuntime, ReadBack},
    {"array.from-runtime", SequenceFromRuntime<Array<Any>>, ReadSequence<Array<Any>>, ReadBack},
    {"array.extend-from-runtime", SequenceFromRuntime<Array<Any>>, ExtendSequence<Array<Any>>, ReadBack},
#if __has_include(<tvm/ffi/container/list.h>)
    {"list.read", MakeSequence<List<Any>>, ReadSequence<List<Any>>, ReadBack},
    {"list.extend", MakeSequence<List<Any>>, ExtendSequence<List<Any>>, ReadBack},
    {"list.extend-shared", MakeSharedSequence<List<Any>>, ExtendSequence<List<Any>>, SharedSequenceBack<List<Any>>},
    {"list.clear", MakeSequence<List<Any>>, ClearSequence<List<Any>>, ReadBack},
    {"list.free", MakeSequence<List<Any>>, FreeIt, GiveUp},
    {"list.by-runtime", MakeSequence<List<Any>>, SequenceByRuntime<List<Any>>, ReadBack},
    {"list.from-runtime", SequenceFromRuntime<List<Any>>, ReadSequence<List<Any>>, ReadBack},
    {"list.extend-from-runtime", SequenceFromRuntime<List<Any>>, ExtendSequence<List<Any>>, ReadBack},
#endif
};

}  // namespace
