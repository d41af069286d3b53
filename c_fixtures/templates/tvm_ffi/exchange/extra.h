/* What the library has for more than calls: JSON, serialisation, structural comparison, paths. Its C++ is called. */
#pragma once

#include "report.h"

#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/reflection/access_path.h>

namespace {

inline Any Document(int64_t number) {
  Array<Any> items;
  for (int64_t at = 0; at < number; ++at) items.push_back(Item(at));
  return Any(Map<String, Any>{{"items", items}, {"number", number}});
}
inline Any MakeDocument(int64_t number, Report&) { return Document(number); }

inline Any WriteJson(Any given, int64_t, Report& report) {
  report("json::Stringify", [&] { return json::Stringify(given); });
  report("json::Stringify, indented", [&] { return json::Stringify(given, 2); });
  return given;
}
inline Any MakeJson(int64_t number, Report&) {
  return Any(String("{\"a\": [" + Show(number) + ", null, 0.5, \"b\"]}"));
}
inline Any ReadJson(Any given, int64_t, Report& report) {
  report("json::Parse", [&] { return json::Parse(given.cast<String>()); });
  report("json::Parse, of what is none", [&] {
    String message;
    const Any parsed = json::Parse("[1, ", &message);
    return Show(parsed) + ", with a message: " + Show(message.size() > 0);
  });
  return given;
}
inline Any Serialise(Any given, int64_t, Report& report) {
  report("ToJSONGraph and FromJSONGraph", [&] { return FromJSONGraph(ToJSONGraph(given)); });
  return given;
}

/* Compared by value, through everything that it holds. */
inline Any Compare(Any given, int64_t number, Report& report) {
  const Any same = Document(number), other = Document(number + 1);
  report("StructuralEqual, of the same", [&] { return StructuralEqual::Equal(given, same); });
  report("StructuralEqual, of another", [&] { return StructuralEqual::Equal(given, other); });
  report("StructuralHash, of the same", [&] { return StructuralHash::Hash(given) == StructuralHash::Hash(same); });
  report("StructuralEqual::GetFirstMismatch, of the same", [&] {
    return StructuralEqual::GetFirstMismatch(given, same).has_value();
  });
  report("StructuralEqual::GetFirstMismatch, of another", [&] {
    return StructuralEqual::GetFirstMismatch(given, other).has_value();
  });
  return given;
}

/* A path to a part of something, which objects of the library's own classes make up. */
using reflection::AccessPath;
inline std::string ShowPath(const AccessPath& path) {
  std::string out = "depth " + Show(path->depth);
  for (const auto& step : path->ToSteps()) out += " " + Show(static_cast<int>(step->kind)) + ":" + Show(step->key);
  return out;
}
inline Any MakePath(int64_t number, Report&) {
  AccessPath path = AccessPath::Root();
  for (int64_t at = 0; at < number % 20; ++at) {
    path = at % 2 == 0 ? path->ArrayItem(at) : path->Attr(String("attribute of step " + Show(at)));
  }
  return Any(path);
}
inline Any ReadPath(Any given, int64_t, Report& report) {
  const AccessPath path = given.cast<AccessPath>();
  report("steps", [&] { return ShowPath(path); });
  report("longer by one of the user's", [&] { return ShowPath(path->MapItem(Any(String("key")))); });
  report("PathEqual", [&] { return path->PathEqual(path->ArrayItem(1)); });
  report("IsPrefixOf", [&] { return path->IsPrefixOf(path->ArrayItem(1)); });
  return Any(path->ArrayItem(7));
}
inline void PathBack(Any returned, int64_t number, Report& report) {
  report("maker, what came back", [&] { return ShowPath(returned.cast<AccessPath>()); });
  GiveUp(std::move(returned), number, report);
}
inline Any PathFromRuntime(int64_t number, Report&) {
  const Any pair = Function::GetGlobalRequired("ffi.GetFirstStructuralMismatch")(Document(number), Document(number + 1),
                                                                                 false, false);
  return Any(pair.cast<Array<Any>>()[0]);
}

const Exchange kExtraExchanges[] = {
    {"json.write", MakeDocument, WriteJson, GiveUp},
    {"json.read", MakeJson, ReadJson, GiveUp},
    {"json.graph", MakeDocument, Serialise, GiveUp},
    {"structure.compare", MakeDocument, Compare, GiveUp},
    {"path.read", MakePath, ReadPath, PathBack},
    {"path.from-runtime", PathFromRuntime, ReadPath, PathBack},
};

}  // namespace
