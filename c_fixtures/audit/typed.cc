// A library of tvm-ffi's whose functions are all checked by its headers' own typed macros: none may be found at fault.
#define TVM_FFI_DLL_EXPORT_INCLUDE_METADATA 1
#include <tvm/ffi/extra/stl.h>
#include <tvm/ffi/tvm_ffi.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace {
using namespace tvm::ffi;

// An object that the library alone knows; where one is declared, an integer is converted.
struct LevelObj : public Object {
  int64_t level = 0;
  explicit LevelObj(int64_t level) : level(level) {
  }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("audit.Level", LevelObj, Object);
};

struct Level : public ObjectRef {
  explicit Level(int64_t level) {
    data_ = make_object<LevelObj>(level);
  }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Level, ObjectRef, LevelObj);
};
} // namespace

namespace tvm::ffi {
template <>
inline constexpr bool use_default_type_traits_v<Level> = false;
template <>
struct TypeTraits<Level> : public ObjectRefWithFallbackTraitsBase<Level, int64_t> {
  static Level ConvertFallbackValue(int64_t level) {
    return Level(level);
  }
};
} // namespace tvm::ffi

namespace {
int64_t numbers(int64_t a, double b, bool c, int8_t d) {
  return a + static_cast<int64_t>(b) + c + d;
}
int64_t texts(String a, Bytes b, std::string c) {
  return a.size() + b.size() + c.size();
}
int64_t plain(DLDataType a, DLDevice b, void* c) {
  return a.bits + b.device_id + (c != nullptr);
}
int64_t objects(Any a, ObjectRef b, Function c, Tensor d, Shape e) {
  return (a == nullptr) + b.defined() + (c != nullptr) + d.defined() + e.size();
}
int64_t views(DLTensor* a, TensorView b) {
  return a->ndim + b.ndim();
}
int64_t containers(Array<int64_t> a, Map<String, double> b, Array<ObjectRef> c) {
  return a.size() + b.size() + c.size();
}
int64_t choices(Optional<int64_t> a, Variant<String, Array<int64_t>> b, Tuple<int64_t, String> c) {
  return a.has_value() + b.as<String>().has_value() + c.get<0>();
}
int64_t moved(RValueRef<Array<Any>> a, TypedFunction<int64_t(int64_t)> b) {
  return std::move(a).operator*().size() + (b != nullptr);
}
int64_t standard(std::vector<int64_t> a, std::array<int64_t, 2> b, std::optional<double> c,
                 std::map<std::string, int64_t> d, std::tuple<int64_t, std::string> e,
                 std::variant<int64_t, std::string> f, std::function<int64_t(int64_t)> g) {
  return a.size() + b[0] + c.has_value() + d.size() + std::get<0>(e) + f.index() + (g ? 1 : 0);
}
int64_t lists(List<int64_t> a, Dict<String, int64_t> b, Expected<int64_t> c) {
  return a.size() + b.size() + c.is_ok();
}
int64_t levels(Level a, int64_t b) {
  return a->level + b;
}
int64_t nothing() {
  return 0;
}
} // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(numbers, numbers)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(texts, texts)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(plain, plain)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(objects, objects)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(views, views)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(containers, containers)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(choices, choices)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(moved, moved)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(standard, standard)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(lists, lists)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(levels, levels)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(nothing, nothing)

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<LevelObj>().def("above", [](Level self, int64_t other) { return self->level > other; });
  refl::GlobalDef().def("audit.levels", levels).def_packed("audit.packed", [](PackedArgs args, Any* result) {
    *result = args.size();
  });
}
