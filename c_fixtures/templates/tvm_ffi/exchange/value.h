/* What a slot holds itself, and what the headers make of several values: shapes, tuples, variants, optional ones. */
#pragma once

#include "report.h"

namespace {

inline Any Scalar(int64_t number) {
  switch (number) {
    case 0: return Any();
    case 1: return Any(int64_t{-5});
    case 3: return Any(true);
    case 5: return Any(0.1);
    case 8: return Any(DLDataType{kDLBfloat, 16, 8});
    default: return Any(DLDevice{kDLCUDA, 2});
  }
}
inline Any MakeScalar(int64_t number, Report&) { return Scalar(number); }
inline Any ReadScalar(Any given, int64_t number, Report& report) {
  report("type index", [&] { return given.type_index(); });
  report("type key", [&] { return Show(std::string(given.GetTypeKey())); });
  report("value", [&] { return given; });
  report("equal to one of the reader's own", [&] { return AnyEqual()(given, Scalar(number)); });
  report("equal hashes", [&] { return AnyHash()(given) == AnyHash()(Scalar(number)); });
  report("as an integer", [&] { return given.try_cast<int64_t>().has_value(); });
  report("as a float", [&] { return given.try_cast<double>().has_value(); });
  report("as a bool", [&] { return given.try_cast<bool>().has_value(); });
  report("as a dtype", [&] { return given.try_cast<DLDataType>().has_value(); });
  report("as an optional integer", [&] { return given.try_cast<Optional<int64_t>>().has_value(); });
  Any copy = given, moved = std::move(given);
  report("copied", [&] { return copy; });
  report("moved", [&] { return moved; });
  return moved;
}

inline Any MakeShape(int64_t number, Report&) {
  std::vector<int64_t> extents;
  for (int64_t at = 0; at < number; ++at) extents.push_back(at + 2);
  return Any(Shape(extents));
}
inline Any ShapeFromRuntime(int64_t number, Report&) {
  std::vector<Any> extents;
  for (int64_t at = 0; at < number; ++at) extents.push_back(Any(at + 2));
  const std::vector<AnyView> args(extents.begin(), extents.end());
  Any made;
  Function::GetGlobalRequired("ffi.Shape").CallPacked(args.data(), static_cast<int32_t>(args.size()), &made);
  return made;
}
inline Any ReadShape(Any given, int64_t number, Report& report) {
  const Shape shape = given.cast<Shape>();
  report("size", [&] { return shape.size(); });
  report("extents", [&] { return shape; });
  report("empty", [&] { return shape.empty(); });
  report("behind the end", [&] { return shape.at(static_cast<int64_t>(shape.size())); });
  report("front and back", [&] { return number > 0 ? Show(shape.front()) + " " + Show(shape.back()) : "none"; });
  if (number < 20) report("product", [&] { return shape.Product(); });
  return given;
}

using Pair = Tuple<int64_t, String, Array<Any>>;
inline Any MakeTuple(int64_t number, Report&) {
  return Any(Pair(number, String(Letters(number)), Array<Any>{Item(number)}));
}
inline Any ReadTuple(Any given, int64_t, Report& report) {
  Pair tuple = given.cast<Pair>();
  report("members", [&] {
    return Show(tuple.get<0>()) + " " + Show(tuple.get<1>()) + " " + Show(Any(tuple.get<2>()));
  });
  report("Set", [&] {
    tuple.Set<1>(String("another text, too long for a slot"));
    return Show(tuple.get<1>());
  });
  report("what was given, afterwards", [&] { return given; });
  report("as a tuple of another type", [&] { return given.try_cast<Tuple<String, String>>().has_value(); });
  return Any(tuple);
}

using Either = Variant<int64_t, String, Array<Any>>;
inline Any MakeVariant(int64_t number, Report&) {
  if (number == 0) return Any(Either(int64_t{7}));
  return number < 5 ? Any(Either(String(Letters(number)))) : Any(Either(Array<Any>{Item(number)}));
}
inline Any ReadVariant(Any given, int64_t, Report& report) {
  const Either either = given.cast<Either>();
  report("as an integer", [&] { return either.as<int64_t>().has_value(); });
  report("as a text", [&] { return either.as<String>().has_value(); });
  report("value", [&] { return Any(either); });
  return Any(either);
}

/* By way of Any an optional value is the value or nothing, however large it is in the headers. */
inline Any MakeOptional(int64_t number, Report&) {
  if (number == 0) return Any(Optional<String>());
  return number < 5 ? Any(Optional<String>(String(Letters(number)))) : Any(Optional<int64_t>(number));
}
inline Any ReadOptional(Any given, int64_t, Report& report) {
  report("as an optional text", [&] { return given.cast<Optional<String>>(); });
  report("as an optional integer", [&] { return given.cast<Optional<int64_t>>(); });
  report("as an optional function", [&] { return given.cast<Optional<Function>>(); });
  return given;
}

const Exchange kValueExchanges[] = {
    {"any.read", MakeScalar, ReadScalar, ReadBack},
    {"shape.read", MakeShape, ReadShape, ReadBack},
    {"shape.free", MakeShape, FreeIt, GiveUp},
    {"shape.from-runtime", ShapeFromRuntime, ReadShape, ReadBack},
    {"tuple.extend", MakeTuple, ReadTuple, ReadBack},
    {"variant.read", MakeVariant, ReadVariant, ReadBack},
    {"optional.read", MakeOptional, ReadOptional, ReadBack},
};

}  // namespace
