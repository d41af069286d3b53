/* A caller of one function that takes its return as one type, and the callee that answers it as it is told.
 *
 * The callee is a raw TVMFFISafeCallType: it gives any status, leaves any result, with an error raised or none, whether
 * or not they go together. The caller is what the headers make of a TypedFunction.
 */
#pragma once

#include "witness.h"

namespace abi {

/* What the callee does. `writes` says whether it touches the result, `kind` is that of the error to raise, or null. */
struct Answer {
  int32_t status;
  int32_t writes;
  TVMFFIAny result;
  const char* kind;
  const char* message;
};

inline int Callee(void* self, const TVMFFIAny*, int32_t, TVMFFIAny* result) {
  const auto* answer = static_cast<const Answer*>(self);
  if (answer->kind != nullptr) TVMFFIErrorSetRaisedFromCStr(answer->kind, answer->message);
  if (answer->writes != 0) *result = answer->result;
  return answer->status;
}

/* How a call ended for the caller. */
enum Ended : int { kTook = 0, kThrewError = 1, kThrewNullError = 2, kThrewOther = 3 };

inline Function Make(Answer* answer) {
  TVMFFIObjectHandle handle = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIFunctionCreate(answer, Callee, nullptr, &handle));
  TVMFFIAny owned{};
  owned.type_index = kTVMFFIFunction;
  owned.v_obj = static_cast<TVMFFIObject*>(handle);
  const auto function = AnyView::CopyFromTVMFFIAny(owned).cast<Function>();
  TVMFFIObjectDecRef(handle);
  return function;
}

/* Records the value that was taken, or kind and message of the error that was thrown instead. */
template <typename R>
int Take(Answer* answer) {
  Enter();
  try {
    if constexpr (std::is_void_v<R>) {
      TypedFunction<R()>(Make(answer))();
    } else {
      Saw(TypedFunction<R()>(Make(answer))());
    }
    return kTook;
  } catch (const Error& error) {
    if (error.get() == nullptr) return kThrewNullError;  // nothing may be asked of it: what() would follow a null
    Record("str", std::string(error.kind()));
    Record("str", std::string(error.message()));
    return kThrewError;
  } catch (const std::exception& other) {
    Record("str", std::string(other.what()));
    return kThrewOther;
  }
}

}  // namespace abi
