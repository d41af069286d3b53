/* Maps, and dicts where the headers have them: small and dense ones, read, grown, shared, taken to pieces. */
#pragma once

#include "report.h"

namespace {

inline Any Key(int64_t at) {
  switch (at % 3) {
    case 0: return Any(at * 7 - 3);
    case 1: return Any(String("k" + std::to_string(at)));
    default: return Any(String("a key of item " + std::to_string(at) + ", too long for a slot"));
  }
}
template <typename Mapping>
Mapping MappingOf(int64_t number) {
  Mapping out;
  for (int64_t at = 0; at < number; ++at) out.Set(Key(at), Item(at));
  return out;
}
template <typename Mapping>
Any MakeMapping(int64_t number, Report&) {
  return Any(MappingOf<Mapping>(number));
}

/* A second reference stays with the maker. */
template <typename Mapping>
Mapping& KeptMapping() {
  static Mapping kept;
  return kept;
}
template <typename Mapping>
Any MakeSharedMapping(int64_t number, Report&) {
  KeptMapping<Mapping>() = MappingOf<Mapping>(number);
  return Any(KeptMapping<Mapping>());
}
template <typename Mapping>
void SharedMappingBack(Any returned, int64_t number, Report& report) {
  report("maker, what it kept", [&] { return ShowMapping(KeptMapping<Mapping>()); });
  report("maker, the same object", [&] { return KeptMapping<Mapping>().get() == returned.cast<Mapping>().get(); });
  ReadBack(std::move(returned), number, report);
  report("maker, the references left", [&] { return KeptMapping<Mapping>().use_count(); });
  report("maker, gives up what it kept", [&] { KeptMapping<Mapping>() = Mapping(); });
}

template <typename Mapping>
Any MappingFromRuntime(int64_t number, Report&) {
  std::vector<Any> kept;
  for (int64_t at = 0; at < number; ++at) {
    kept.push_back(Key(at));
    kept.push_back(Item(at));
  }
  const std::vector<AnyView> items(kept.begin(), kept.end());
  Any made;
  Function::GetGlobalRequired(std::is_same_v<Mapping, Map<Any, Any>> ? "ffi.Map" : "ffi.Dict")
      .CallPacked(items.data(), static_cast<int32_t>(items.size()), &made);
  return made;
}

template <typename Mapping>
Any ReadMapping(Any given, int64_t number, Report& report) {
  report("type index", [&] { return given.type_index(); });
  const Mapping mapping = given.cast<Mapping>();
  report("size", [&] { return mapping.size(); });
  report("empty", [&] { return mapping.empty(); });
  report("items in order", [&] { return ShowMapping(mapping); });
  report("items by key", [&] {
    std::string out;
    for (int64_t at = 0; at < number; ++at) out += Show(Any(mapping.at(Key(at)))) + " ";
    return out;
  });
  report("keys that are in it", [&] {
    int64_t count = 0;
    for (int64_t at = 0; at < number; ++at) count += mapping.count(Key(at));
    return count;
  });
  report("a key that is not", [&] { return mapping.count(Key(number)); });
  report("found where it is not", [&] { return mapping.find(Key(number)) != mapping.end(); });
  report("value where it is not", [&] { return Any(mapping.at(Key(number))); });
  report("references", [&] { return mapping.use_count(); });
  return given;
}

template <typename Mapping>
Any ExtendMapping(Any given, int64_t number, Report& report) {
  Mapping mapping = given.cast<Mapping>();
  given = nullptr;
  report("Set, of new keys", [&] {
    for (int64_t at = 0; at < 20; ++at) mapping.Set(Key(number + at), Item(at));
    return ShowMapping(mapping);
  });
  report("Set, of a key that was there", [&] {
    mapping.Set(Key(0), Any(String(Letters(12))));
    return ShowMapping(mapping);
  });
  report("erase", [&] {
    mapping.erase(Key(1));
    mapping.erase(Key(number + 40));
    return ShowMapping(mapping);
  });
  report("erase, of all but some", [&] {
    for (int64_t at = 3; at < number + 18; ++at) mapping.erase(Key(at));
    return ShowMapping(mapping);
  });
  report("Set, of keys that were erased", [&] {
    for (int64_t at = 3; at < 9; ++at) mapping.Set(Key(at), Item(at));
    return ShowMapping(mapping);
  });
  return Any(std::move(mapping));
}

template <typename Mapping>
Any ClearMapping(Any given, int64_t, Report& report) {
  Mapping mapping = given.cast<Mapping>();
  given = nullptr;
  report("clear", [&] { mapping.clear(); });
  report("Set", [&] { mapping.Set(Key(2), Item(2)); });
  return Any(std::move(mapping));
}

template <typename Mapping>
Any MappingByRuntime(Any given, int64_t number, Report& report) {
  const std::string prefix = std::is_same_v<Mapping, Map<Any, Any>> ? "ffi.Map" : "ffi.Dict";
  report("runtime, size", [&] { return Function::GetGlobalRequired(prefix + "Size")(given).template cast<int64_t>(); });
  report("runtime, items by key", [&] {
    std::string out;
    const Function get = Function::GetGlobalRequired(prefix + "GetItem");
    for (int64_t at = 0; at < number; ++at) out += Show(Any(get(given, Key(at)))) + " ";
    return out;
  });
  report("runtime, items in order", [&] {
    std::string out;
    Function next = Function::GetGlobalRequired(prefix + "ForwardIterFunctor")(given).template cast<Function>();
    for (int64_t at = 0; at < number; ++at) {
      out += Show(Any(next(0))) + ": " + Show(Any(next(1))) + " ";
      next(2);
    }
    return out;
  });
  return given;
}

const Exchange kMappingExchanges[] = {
    {"map.read", MakeMapping<Map<Any, Any>>, ReadMapping<Map<Any, Any>>, ReadBack},
    {"map.extend", MakeMapping<Map<Any, Any>>, ExtendMapping<Map<Any, Any>>, ReadBack},
    {"map.extend-shared", MakeSharedMapping<Map<Any, Any>>, ExtendMapping<Map<Any, Any>>,
     SharedMappingBack<Map<Any, Any>>},
    {"map.clear", MakeMapping<Map<Any, Any>>, ClearMapping<Map<Any, Any>>, ReadBack},
    {"map.free", MakeMapping<Map<Any, Any>>, FreeIt, GiveUp},
    {"map.by-runtime", MakeMapping<Map<Any, Any>>, MappingByRuntime<Map<Any, Any>>, ReadBack},
    {"map.from-runtime", MappingFromRuntime<Map<Any, Any>>, ReadMapping<Map<Any, Any>>, ReadBack},
    {"map.extend-from-runtime", MappingFromRuntime<Map<Any, Any>>, ExtendMapping<Map<Any, Any>>, ReadBack},
#if __has_include(<tvm/ffi/container/dict.h>)
    {"dict.read", MakeMapping<Dict<Any, Any>>, ReadMapping<Dict<Any, Any>>, ReadBack},
    {"dict.extend", MakeMapping<Dict<Any, Any>>, ExtendMapping<Dict<Any, Any>>, ReadBack},
    {"dict.extend-shared", MakeSharedMapping<Dict<Any, Any>>, ExtendMapping<Dict<Any, Any>>,
     SharedMappingBack<Dict<Any, Any>>},
    {"dict.clear", MakeMapping<Dict<Any, Any>>, ClearMapping<Dict<Any, Any>>, ReadBack},
    {"dict.free", MakeMapping<Dict<Any, Any>>, FreeIt, GiveUp},
    {"dict.by-runtime", MakeMapping<Dict<Any, Any>>, MappingByRuntime<Dict<Any, Any>>, ReadBack},
    {"dict.from-runtime", MappingFromRuntime<Dict<Any, Any>>, ReadMapping<Dict<Any, Any>>, ReadBack},
    {"dict.extend-from-runtime", MappingFromRuntime<Dict<Any, Any>>, ExtendMapping<Dict<Any, Any>>, ReadBack},
#endif
};

}  // namespace
