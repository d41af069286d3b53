/* Modules: a class made from ModuleObj on one side, whose virtual functions the other side and the runtime call. */
#pragma once

#include "report.h"

#include <tvm/ffi/extra/module.h>

namespace {

/* What a module gives for a name: a function or none, which most headers say by an Optional and one by a null. */
using Found = decltype(std::declval<ModuleObj&>().GetFunction(std::declval<const String&>()));
template <typename F>
bool IsThere(const F& found) {
  if constexpr (std::is_same_v<F, Function>) {
    return found != nullptr;
  } else {
    return found.has_value();
  }
}
template <typename F>
int64_t Called(const F& found, int64_t argument) {
  if constexpr (std::is_same_v<F, Function>) {
    return found(argument).template cast<int64_t>();
  } else {
    return found.value()(argument).template cast<int64_t>();
  }
}

/* Everything overridden, so that every entry of the table is the maker's. */
class MadeModule : public ModuleObj {
 public:
  explicit MadeModule(int64_t number) : number_(number) {}
  const char* kind() const final { return "abi"; }
  int GetPropertyMask() const final { return 0b111; }
  Found GetFunction(const String& name) final {
    if (name != "add") return Found();
    return Function::FromTyped([number = number_](int64_t a) { return a + number; });
  }
  bool ImplementsFunction(const String& name) final { return name == "add"; }
  Optional<String> GetFunctionDoc(const String& name) final {
    return name == "add" ? Optional<String>(String("the doc of add, too long for a slot")) : std::nullopt;
  }
  Optional<String> GetFunctionMetadata(const String& name) final {
    return name == "add" ? Optional<String>(String("{}")) : std::nullopt;
  }
  void WriteToFile(const String& file_name, const String& format) const final { written_ = file_name + "." + format; }
  Array<String> GetWriteFormats() const final { return {"a", "a format that is too long for a slot", written_}; }
  Bytes SaveToBytes() const final { return Bytes(Letters(number_)); }
  String InspectSource(const String& format) const final { return format + " " + Letters(number_); }

 private:
  int64_t number_;
  mutable String written_;
};

/* Only what has to be: the rest is the headers' own. */
class PlainModule : public ModuleObj {
 public:
  const char* kind() const final { return "plain"; }
  Found GetFunction(const String& name) final {
    if (name != "add") return Found();
    return Function::FromTyped([](int64_t a) { return a + 1; });
  }
};

inline Any MakeModule(int64_t number, Report&) { return Any(Module(make_object<MadeModule>(number))); }
inline Any MakePlainModule(int64_t, Report&) { return Any(Module(make_object<PlainModule>())); }
inline Any ModuleFromRuntime(int64_t, Report&) { return Any(Function::GetGlobalRequired("ffi.SystemLib")()); }

inline Any CallModule(Any given, int64_t, Report& report) {
  report("type index", [&] { return given.type_index(); });
  const Module module = given.cast<Module>();
  report("ModuleObj::kind", [&] { return Show(std::string(module->kind())); });
  report("ModuleObj::GetPropertyMask", [&] { return module->GetPropertyMask(); });
  for (const char* name : {"add", "none"}) {
    const std::string of = std::string(", of ") + name;
    report.Returned(
        "ModuleObj::GetFunction" + of, [&] { return module->GetFunction(name); },
        [](const Found& found) { return Show(IsThere(found)); });
    report("ModuleObj::ImplementsFunction" + of, [&] { return module->ImplementsFunction(name); });
    report.Returned("ModuleObj::GetFunctionDoc" + of, [&] { return module->GetFunctionDoc(name); });
    report.Returned("ModuleObj::GetFunctionMetadata" + of, [&] { return module->GetFunctionMetadata(name); });
  }
  report("what GetFunction gave, called", [&] {
    const Found found = module->GetFunction("add");
    return IsThere(found) ? Show(Called(found, 40)) : "none";
  });
  report("ModuleObj::WriteToFile", [&] { module->WriteToFile("a file that is long enough", "o"); });
  report.Returned("ModuleObj::GetWriteFormats", [&] { return module->GetWriteFormats(); });
  report.Returned("ModuleObj::SaveToBytes", [&] { return module->SaveToBytes(); });
  report.Returned("ModuleObj::InspectSource", [&] { return module->InspectSource("cc"); });
  return given;
}

/* The user's module is imported into the maker's; what looks through imports is the runtime's code. */
inline Any ImportModules(Any given, int64_t number, Report& report) {
  const Module module = given.cast<Module>();
  const Module mine(make_object<MadeModule>(number));
  report("ModuleObj::ImportModule", [&] { module->ImportModule(mine); });
  report("ModuleObj::imports", [&] { return static_cast<int64_t>(module->imports().size()); });
  report("ModuleObj::GetFunction, of imports too", [&] {
    return IsThere(module->GetFunction("add", true)) && !IsThere(module->GetFunction("none", true));
  });
  report("ModuleObj::ImplementsFunction, of imports too", [&] { return module->ImplementsFunction("add", true); });
  report("ModuleObj::GetFunctionDoc, of imports too", [&] { return module->GetFunctionDoc("add", true); });
  report("ModuleObj::GetFunctionMetadata, of imports too", [&] { return module->GetFunctionMetadata("add", true); });
  report("references to what is imported", [&] { return mine.use_count(); });
  report("ModuleObj::ClearImports", [&] { module->ClearImports(); });
  report("references afterwards", [&] { return mine.use_count(); });
  return Any(mine);
}

/* The runtime's own functions call the maker's virtual functions. */
inline Any ModuleByRuntime(Any given, int64_t, Report& report) {
  const auto call = [&](const char* name, auto... more) {
    return Any(Function::GetGlobalRequired(std::string("ffi.Module") + name)(given, more...));
  };
  report("runtime, ModuleGetKind", [&] { return call("GetKind"); });
  report("runtime, ModuleGetPropertyMask", [&] { return call("GetPropertyMask"); });
  for (const char* name : {"add", "none"}) {
    const std::string of = std::string(", of ") + name;
    report("runtime, ModuleGetFunction" + of, [&] { return call("GetFunction", name, false); });
    report("runtime, ModuleImplementsFunction" + of, [&] { return call("ImplementsFunction", name, false); });
    report("runtime, ModuleGetFunctionDoc" + of, [&] { return call("GetFunctionDoc", name, false); });
    report("runtime, ModuleGetFunctionMetadata" + of, [&] { return call("GetFunctionMetadata", name, false); });
  }
  report("runtime, ModuleWriteToFile", [&] { return call("WriteToFile", "a file that is long enough", "o"); });
  report("runtime, ModuleGetWriteFormats", [&] { return call("GetWriteFormats"); });
  report("runtime, ModuleInspectSource", [&] { return call("InspectSource", "cc"); });
  report("runtime, ModuleImportModule", [&] { return call("ImportModule", given.cast<Module>()).type_index(); });
  report("runtime, ModuleClearImports", [&] { return call("ClearImports").type_index(); });
  return given;
}

const Exchange kModuleExchanges[] = {
    {"module.virtuals", MakeModule, CallModule, GiveUp},
    {"module.defaults", MakePlainModule, CallModule, GiveUp},
    {"module.import", MakeModule, ImportModules, GiveUp},
    {"module.free", MakeModule, FreeIt, GiveUp},
    {"module.by-runtime", MakeModule, ModuleByRuntime, GiveUp},
    {"module.from-runtime", ModuleFromRuntime, CallModule, GiveUp},
};

}  // namespace
