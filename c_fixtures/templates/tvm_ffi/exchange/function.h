/* Functions: called with much and little, kept, handed functions of the other side, freed by it. */
#pragma once

#include "report.h"

#include <memory>
#include <tvm/ffi/rvalue_ref.h>

namespace {

inline Any MakeFunction(int64_t number, Report&) {
  return Any(Function::FromTyped([number](int64_t a, String b, Array<Any> c, double d) {
    c.push_back(Any(a + number));
    c.push_back(Any(b));
    c.push_back(Any(d));
    return c;
  }));
}
inline Any CallFunction(Any given, int64_t number, Report& report) {
  const Function function = given.cast<Function>();
  Array<Any> passed{Any(number)};
  report("called", [&] { return Any(function(5, String(Letters(12)), passed, 0.25)); });
  report("what was passed, afterwards", [&] { return Any(passed); });
  report("called with a count that is wrong", [&] { return Any(function(5)); });
  report("called with a type that is wrong", [&] { return Any(function(String("x"), String("y"), passed, 0.25)); });
  report("called with what is converted", [&] { return Any(function(true, "raw", passed, 3)); });
  report("references", [&] { return function.use_count(); });
  return given;
}

/* As many arguments as the number says, of all types. */
inline Any MakePacked(int64_t, Report&) {
  return Any(Function::FromPacked([](const AnyView* args, int32_t count, Any* result) {
    Array<Any> all;
    for (int32_t at = 0; at < count; ++at) all.push_back(Any(args[at]));
    *result = all;
  }));
}
inline Any CallPacked(Any given, int64_t number, Report& report) {
  std::vector<Any> kept{Any(), Any(true), Any(DLDataType{2, 32, 4}), Any(DLDevice{kDLCPU, 3}),
                        Any(reinterpret_cast<void*>(4096)), Any(Bytes("b\0c", 3))};
  for (int64_t at = 0; at < number; ++at) kept.push_back(Item(at));
  const std::vector<AnyView> args(kept.begin(), kept.end());
  report("called", [&] {
    Any result;
    given.cast<Function>().CallPacked(args.data(), static_cast<int32_t>(args.size()), &result);
    return result;
  });
  report("TVMFFIFunctionCall", [&] {
    TVMFFIAny result{};
    const Any function = given;
    const int status = TVMFFIFunctionCall(AnyView(function).CopyToTVMFFIAny().v_obj,
                                          const_cast<TVMFFIAny*>(reinterpret_cast<const TVMFFIAny*>(args.data())),
                                          static_cast<int32_t>(args.size()), &result);
    const Any taken(AnyView::CopyFromTVMFFIAny(result));
    if (result.type_index >= kTVMFFIStaticObjectBegin) TVMFFIObjectDecRef(result.v_obj);
    return Show(status) + " " + Show(taken);
  });
  return given;
}

/* The maker's function calls the user's, which calls the maker's, as deep as the number says. */
inline Any MakeRecursive(int64_t, Report&) {
  return Any(Function::FromTyped([](Function other, int64_t depth) -> int64_t {
    return depth <= 0 ? 1 : 2 + other(other, depth - 1).cast<int64_t>();
  }));
}
inline Any CallBack(Any given, int64_t number, Report& report) {
  const Function function = given.cast<Function>();
  const Function mine = Function::FromTyped([function](Function, int64_t depth) -> int64_t {
    return function(function, depth).cast<int64_t>() * 3 % 1000003;
  });
  report("called with one of the user's", [&] { return function(mine, number).cast<int64_t>(); });
  report("as a TypedFunction", [&] {
    const auto typed = given.cast<TypedFunction<int64_t(Function, int64_t)>>();
    return typed(mine, number);
  });
  report("as a lambda", [&] {
    return Function::FromTyped([given](int64_t depth) { return given.cast<Function>()(given, depth).cast<int64_t>(); })(
               number)
        .cast<int64_t>();
  });
  return Any(mine);
}

/* What the function holds is let go by whoever frees it. */
inline int64_t& LetGo() {
  static int64_t count = 0;
  return count;
}
inline Any MakeHolding(int64_t number, Report&) {
  LetGo() = 0;
  const std::shared_ptr<int64_t> held(new int64_t(number), [](int64_t* gone) {
    delete gone;
    ++LetGo();
  });
  return Any(Function::FromTyped([held](int64_t a) { return *held + a; }));
}
inline Any FreeFunction(Any given, int64_t, Report& report) {
  report("called", [&] { return given.cast<Function>()(1).cast<int64_t>(); });
  report("frees it", [&] { given = nullptr; });
  return Any();
}
inline void CountLetGo(Any returned, int64_t number, Report& report) {
  GiveUp(std::move(returned), number, report);
  report("maker, what was let go", [&] { return LetGo(); });
}

/* Objects that are moved into a call, and are the callee's alone. */
inline Any MakeTaking(int64_t, Report&) {
  return Any(Function::FromTyped([](RValueRef<Array<Any>> given) {
    Array<Any> taken = *std::move(given);
    const bool alone = taken.unique();
    taken.push_back(Any(alone));
    return taken;
  }));
}
inline Any CallWithMoved(Any given, int64_t number, Report& report) {
  Array<Any> passed;
  for (int64_t at = 0; at < number; ++at) passed.push_back(Item(at));
  report("called with what is moved", [&] { return Any(given.cast<Function>()(RValueRef(std::move(passed)))); });
  report("what was moved, afterwards", [&] { return passed.defined(); });
  Array<Any> shared{Any(number)};
  const Array<Any> kept = shared;
  report("called with what is moved and shared", [&] {
    return Any(given.cast<Function>()(RValueRef(std::move(shared))));
  });
  report("what is kept of it", [&] { return Any(kept); });
  return given;
}

/* Found by its name in the runtime. */
inline Any RegisterFunction(int64_t number, Report&) {
  Function::SetGlobal("abi.exchange", Function::FromTyped([number](String a) { return a + String(Letters(number)); }),
                      true);
  return Any();
}
inline Any CallRegistered(Any given, int64_t, Report& report) {
  report("called by its name", [&] { return Any(Function::GetGlobalRequired("abi.exchange")(String("of "))); });
  report("a name that is not registered", [&] { return Function::GetGlobal("abi.exchanged").has_value(); });
  report("among the names", [&] {
    bool found = false;
    for (const String& name : Function::ListGlobalNames()) found = found || name == String("abi.exchange");
    return found;
  });
  return given;
}
inline void RemoveRegistered(Any returned, int64_t number, Report& report) {
  report("maker, removes it", [] { Function::RemoveGlobal("abi.exchange"); });
  GiveUp(std::move(returned), number, report);
}

/* A function of the runtime's own. */
inline Any FunctionFromRuntime(int64_t, Report&) { return Any(Function::GetGlobalRequired("ffi.Array")); }

const Exchange kFunctionExchanges[] = {
    {"function.call", MakeFunction, CallFunction, GiveUp},
    {"function.by-runtime", MakePacked, CallPacked, GiveUp},
    {"function.call-back", MakeRecursive, CallBack, GiveUp},
    {"function.free", MakeHolding, FreeFunction, CountLetGo},
    {"function.move", MakeTaking, CallWithMoved, GiveUp},
    {"function.global", RegisterFunction, CallRegistered, RemoveRegistered},
    {"function.from-runtime", FunctionFromRuntime, CallPacked, GiveUp},
};

}  // namespace
