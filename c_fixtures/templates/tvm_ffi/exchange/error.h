/* Errors: read, kept, thrown by a function of the other side, caught and thrown again, raised through the runtime. */
#pragma once

#include "report.h"

namespace {

/* An error of the maker's own: nothing of it depends on where the code lies. */
constexpr const char* kTrace = "  File \"inner.cc\", line 1, in Inner()\n  File \"outer.cc\", line 2, in Outer()\n";
inline Error ErrorOf(int64_t number) { return Error("ValueError", Letters(number), kTrace); }
inline Any MakeError(int64_t number, Report&) { return Any(ErrorOf(number)); }

/* With a cause and more to say, where the headers have these. */
template <typename E = Error>
Any MakeChainedError(int64_t number, Report&) {
  if constexpr (std::is_constructible_v<E, std::string, std::string, std::string, std::optional<E>,
                                        std::optional<ObjectRef>>) {
    return Any(E("RuntimeError", Letters(number), kTrace, E("IndexError", "the cause", ""),
                 Array<Any>{Any(number), Any(String("context"))}));
  }
  return Any();
}

inline Any ErrorFromRuntime(int64_t number, Report&) {
  const std::string message = Letters(number), trace = kTrace;
  const TVMFFIByteArray parts[] = {{"ValueError", 10}, {message.data(), message.size()}, {trace.data(), trace.size()}};
  TVMFFIAny slot{};
  slot.type_index = kTVMFFIError;
  TVMFFIObjectHandle handle = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIErrorCreate(&parts[0], &parts[1], &parts[2], &handle));
  slot.v_obj = static_cast<TVMFFIObject*>(handle);
  Any value(AnyView::CopyFromTVMFFIAny(slot));
  TVMFFIObjectDecRef(handle);
  return value;
}

/* What was raised, taken from the runtime. */
inline Any Raised() {
  TVMFFIAny slot{};
  TVMFFIObjectHandle handle = nullptr;
  TVMFFIErrorMoveFromRaised(&handle);
  if (handle == nullptr) return Any();
  slot.type_index = kTVMFFIError;
  slot.v_obj = static_cast<TVMFFIObject*>(handle);
  Any value(AnyView::CopyFromTVMFFIAny(slot));
  TVMFFIObjectDecRef(handle);
  return value;
}
inline Any RaisedFromRuntime(int64_t number, Report&) {
  TVMFFIErrorSetRaisedFromCStr("ValueError", Letters(number).c_str());
  return Raised();
}

/* Accessors that not all headers have; where they have not, there is no line. */
template <typename E>
auto ReadTraceback(const E& error, Report& report, int) -> decltype(error.TracebackMostRecentCallLast(), void()) {
  report("Error::TracebackMostRecentCallLast", [&] { return Show(error.TracebackMostRecentCallLast()); });
}
template <typename E>
auto ReadFullMessage(const E& error, Report& report, int) -> decltype(error.FullMessage(), void()) {
  report("Error::FullMessage", [&] { return Show(error.FullMessage()); });
}
template <typename E>
auto ReadCause(const E& error, Report& report, int) -> decltype(error.cause_chain(), void()) {
  report("Error::cause_chain", [&] {
    const auto cause = error.cause_chain();
    return cause.has_value() ? std::string(cause->kind()) + ": " + std::string(cause->message()) : "none";
  });
}
template <typename E>
auto ReadContext(const E& error, Report& report, int) -> decltype(error.extra_context(), void()) {
  report("Error::extra_context", [&] {
    const auto context = error.extra_context();
    return context.has_value() ? Show(Any(*context)) : "none";
  });
}
template <typename E>
void ReadTraceback(const E&, Report&, ...) {}
template <typename E>
void ReadFullMessage(const E&, Report&, ...) {}
template <typename E>
void ReadCause(const E&, Report&, ...) {}
template <typename E>
void ReadContext(const E&, Report&, ...) {}

template <typename E>
void ReadEverything(E error, Report& report) {
  report("Error::kind", [&] { return Show(std::string(error.kind())); });
  report("Error::message", [&] { return Show(std::string(error.message())); });
  report("Error::backtrace", [&] { return Show(std::string(error.backtrace())); });
  report("Error::what", [&] { return std::strstr(error.what(), std::string(error.message()).c_str()) != nullptr; });
  ReadTraceback(error, report, 0);
  ReadFullMessage(error, report, 0);
  ReadCause(error, report, 0);
  ReadContext(error, report, 0);
}
template <typename E>
void UpdateTrace(E error, Report& report) {
  const std::string more = "  File \"more.cc\", line 3, in More()\n";
  const TVMFFIByteArray bytes{more.data(), more.size()};
  report("Error::UpdateBacktrace, appended", [&] {
    error.UpdateBacktrace(&bytes, kTVMFFIBacktraceUpdateModeAppend);
    return Show(std::string(error.backtrace()));
  });
  report("Error::UpdateBacktrace, replaced", [&] {
    error.UpdateBacktrace(&bytes, kTVMFFIBacktraceUpdateModeReplace);
    return Show(std::string(error.backtrace()));
  });
}

inline Any ReadError(Any given, int64_t, Report& report) {
  report("type index", [&] { return given.type_index(); });
  ReadEverything(given.cast<Error>(), report);
  report("references", [&] { return given.cast<Error>().use_count(); });
  return given;
}
/* Its backtrace, which the runtime takes where it is raised, differs from machine to machine. */
inline Any ReadRaised(Any given, int64_t, Report& report) {
  const Error error = given.cast<Error>();
  report("Error::kind", [&] { return Show(std::string(error.kind())); });
  report("Error::message", [&] { return Show(std::string(error.message())); });
  report("has an Error::backtrace", [&] { return !std::string(error.backtrace()).empty(); });
  ReadCause(error, report, 0);
  ReadContext(error, report, 0);
  return given;
}
inline Any ExtendError(Any given, int64_t, Report& report) {
  UpdateTrace(given.cast<Error>(), report);
  return given;
}

/* The user throws it as an exception of C++, copies it there, and catches it by its base. */
inline Any ThrowError(Any given, int64_t, Report& report) {
  report("thrown and caught as a std::exception", [&] {
    try {
      throw given.cast<Error>();
    } catch (const std::exception& caught) {
      return std::strlen(caught.what()) > 0;
    }
  });
  report("thrown again with others between", [&] {
    try {
      try {
        throw given.cast<Error>();
      } catch (const Error& caught) {
        const Error copy = caught;
        throw copy;
      }
    } catch (const Error& caught) {
      return std::string(caught.kind()) + ": " + std::string(caught.message());
    }
  });
  return given;
}

/* Through the runtime's place for what was raised. */
inline Any ErrorByRuntime(Any given, int64_t, Report& report) {
  report.Begin("runtime, TVMFFIErrorSetRaised");
  TVMFFIErrorSetRaised(given.cast<Error>().operator->() == nullptr ? nullptr
                                                                   : AnyView(given).CopyToTVMFFIAny().v_obj);
  report.Begin("runtime, TVMFFIErrorMoveFromRaised");
  const Any back = Raised();
  ReadEverything(back.cast<Error>(), report);
  report("the same object", [&] { return back.same_as(given); });
  return back;
}

/* A function of the maker's that throws. */
inline Any MakeThrowing(int64_t number, Report&) {
  return Any(Function::FromTyped([number](int64_t how) -> int64_t {
    if (how == 0) throw ErrorOf(number);
    if (how == 1) TVM_FFI_THROW(IndexError) << Letters(number);
    if (how == 2) throw std::runtime_error(Letters(number));
    return how;
  }));
}
inline Any CatchError(Any given, int64_t, Report& report) {
  const Function function = given.cast<Function>();
  report("not thrown", [&] { return function(7).cast<int64_t>(); });
  try {
    report.Begin("calls a function that throws");
    function(0);
  } catch (const Error& error) {
    report("caught", [&] { return std::string(error.kind()) + ": " + std::string(error.message()); });
    report("Error::backtrace begins as it was made", [&] {
      return std::string(error.backtrace()).compare(0, std::strlen(kTrace), kTrace) == 0;
    });
    ReadCause(error, report, 0);
    ReadContext(error, report, 0);
    UpdateTrace(error, report);
  }
  for (const int64_t how : {1, 2}) {
    report("caught, thrown in way " + Show(how), [&] {
      try {
        function(how);
        return std::string("nothing");
      } catch (const Error& error) {
        return std::string(error.kind()) + ": " + std::string(error.message());
      }
    });
  }
  /* Between functions of C++ an exception goes straight through; here it is kept where errors are raised. */
  for (const int64_t how : {0, 1, 2}) {
    report("raised through the C interface in way " + Show(how), [&] {
      const Any argument(how);
      TVMFFIAny slot = AnyView(argument).CopyToTVMFFIAny(), result{};
      if (TVMFFIFunctionCall(AnyView(given).CopyToTVMFFIAny().v_obj, &slot, 1, &result) == 0) {
        return std::string("nothing");
      }
      const Error error = Raised().cast<Error>();
      return std::string(error.kind()) + ": " + std::string(error.message());
    });
  }
  /* What the maker's function throws passes through one of the user's on its way back to the maker. */
  return Any(Function::FromTyped([function](int64_t how) -> int64_t {
    try {
      return function(how).cast<int64_t>() + 1;
    } catch (const Error&) {
      if (how == 0) throw;
      TVM_FFI_THROW(KeyError) << "another in its place";
    }
    return 0;
  }));
}
inline void CatchAgain(Any returned, int64_t number, Report& report) {
  const Function function = returned.cast<Function>();
  for (const int64_t how : {7, 0, 1}) {
    report("maker, calls back in way " + Show(how), [&] {
      try {
        return Show(function(how).cast<int64_t>());
      } catch (const Error& error) {
        return std::string(error.kind()) + ": " + std::string(error.message());
      }
    });
  }
  GiveUp(std::move(returned), number, report);
}

/* A function of C, as the maker's headers make one of code that throws. */
inline int RaiseInC(void*, const TVMFFIAny* args, int32_t, TVMFFIAny* result) {
  TVM_FFI_SAFE_CALL_BEGIN();
  const int64_t how = args[0].v_int64;
  if (how == 0) throw ErrorOf(5);
  if (how == 1) TVM_FFI_THROW(IndexError) << Letters(5);
  if (how == 2) throw std::runtime_error(Letters(5));
  if (how == 3) throw EnvErrorAlreadySet();
  result->type_index = kTVMFFIInt;
  result->v_int64 = how;
  TVM_FFI_SAFE_CALL_END();
}
inline Any MakeRaising(int64_t, Report&) {
  TVMFFIAny slot{};
  TVMFFIObjectHandle handle = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIFunctionCreate(nullptr, RaiseInC, nullptr, &handle));
  slot.type_index = kTVMFFIFunction;
  slot.v_obj = static_cast<TVMFFIObject*>(handle);
  Any value(AnyView::CopyFromTVMFFIAny(slot));
  TVMFFIObjectDecRef(handle);
  return value;
}
inline Any CatchRaised(Any given, int64_t, Report& report) {
  const Function function = given.cast<Function>();
  for (const int64_t how : {9, 0, 1, 2}) {
    report("raised in way " + Show(how), [&] {
      try {
        return Show(function(how).cast<int64_t>());
      } catch (const Error& error) {
        return std::string(error.kind()) + ": " + std::string(error.message());
      }
    });
  }
  return given;
}

/* What says that an error is already set in the interpreter whose code has been run. */
inline Any MakeEnvironment(int64_t number, Report& report) {
  if (number == 0) return MakeRaising(number, report);
  return Any(Function::FromTyped([](int64_t) { throw EnvErrorAlreadySet(); }));
}
inline Any CatchEnvironment(Any given, int64_t, Report& report) {
  report("caught", [&] {
    try {
      given.cast<Function>()(3);
      return std::string("nothing");
    } catch (const std::exception&) {
      return std::string("a standard exception");
    } catch (...) {
      return std::string("something else");
    }
  });
  return given;
}

/* An error that a function of the runtime's own throws. */
inline Any CatchFromRuntime(Any given, int64_t number, Report& report) {
  report("caught", [&] {
    try {
      Function::GetGlobalRequired("ffi.ArrayGetItem")(given, number);
      return std::string("nothing");
    } catch (const Error& error) {
      return std::string(error.kind()) + ", with a message: " + Show(!std::string(error.message()).empty()) +
             ", with a backtrace: " + Show(!std::string(error.backtrace()).empty());
    }
  });
  return given;
}
inline Any MakeArrayForError(int64_t, Report&) { return Any(Array<Any>()); }

const Exchange kErrorExchanges[] = {
    {"error.read", MakeError, ReadError, ReadBack},
    {"error.chained", MakeChainedError<>, ReadError, ReadBack},
    {"error.extend", MakeError, ExtendError, ReadBack},
    {"error.free", MakeError, FreeIt, GiveUp},
    {"error.throw", MakeError, ThrowError, ReadBack},
    {"error.by-runtime", MakeError, ErrorByRuntime, ReadBack},
    {"error.from-runtime", ErrorFromRuntime, ReadError, ReadBack},
    {"error.extend-from-runtime", ErrorFromRuntime, ExtendError, ReadBack},
    {"error.raised-from-runtime", RaisedFromRuntime, ReadRaised, ReadBack},
    {"error.catch", MakeThrowing, CatchError, CatchAgain},
    {"error.catch-raised", MakeRaising, CatchRaised, GiveUp},
    {"error.catch-environment", MakeEnvironment, CatchEnvironment, GiveUp},
    {"error.catch-from-runtime", MakeArrayForError, CatchFromRuntime, ReadBack},
};

}  // namespace
