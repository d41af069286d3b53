/* An object of one's own, as a package that ships a class in a header has it: with virtual functions and members.
 *
 * Both sides compile the class below; what is as large as the headers say, and lies where they put it, differs where
 * the headers differ.
 */
#pragma once

#include "report.h"

#include <optional>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/registry.h>

namespace {

using Choice = Variant<int64_t, String>;
using Container = Variant<Array<Any>, Map<String, int64_t>>;
using Couple = Tuple<int64_t, String>;

inline int64_t& ThingsFreed() {
  static int64_t count = 0;
  return count;
}

class Thing : public Object {
 public:
  explicit Thing(int64_t number)
      : number(number),
        name(Letters(number)),
        maybe_number(number),
        maybe_name(name),
        maybe_items(items),
        either(name),
        either_object(items) {
    for (int64_t at = 0; at < number; ++at) items.push_back(Item(at));
    named.Set("number", number);
  }
  virtual ~Thing() { ++ThingsFreed(); }

  virtual int64_t Number() const { return number; }
  virtual String Name() const { return name; }
  virtual Bytes Raw() const { return Bytes(Letters(number)); }
  virtual Any Value() const { return Any(name); }
  virtual Array<Any> Items() const { return items; }
  virtual Map<String, int64_t> Named() const { return named; }
  virtual Shape Extents() const { return Shape({number, 2}); }
  virtual Function Maker() const {
    return Function::FromTyped([](int64_t a) { return a + 1; });
  }
  virtual Error Wrong() const { return Error("ValueError", Letters(number), ""); }
  virtual Choice Either() const { return Choice(name); }
  virtual Container EitherObject() const { return Container(items); }
  virtual Couple Both() const { return Couple(number, name); }
  virtual Optional<int64_t> MaybeNumber(bool some) const { return some ? Optional<int64_t>(number) : std::nullopt; }
  virtual Optional<double> MaybeFraction(bool some) const { return some ? Optional<double>(0.25) : std::nullopt; }
  virtual Optional<bool> MaybeTrue(bool some) const { return some ? Optional<bool>(true) : std::nullopt; }
  virtual Optional<String> MaybeName(bool some) const { return some ? Optional<String>(name) : std::nullopt; }
  virtual Optional<Array<Any>> MaybeItems(bool some) const { return some ? Optional<Array<Any>>(items) : std::nullopt; }
  virtual Optional<Function> MaybeMaker(bool some) const { return some ? Optional<Function>(Maker()) : std::nullopt; }
  virtual void Fail() const { throw Wrong(); }

  virtual std::string Takes(String name, Array<Any> items, Any value, int64_t last) const {
    return Show(name) + " " + Show(items) + " " + Show(value) + " " + Show(last);
  }
  virtual std::string TakesMaybe(Optional<String> name, Optional<int64_t> number, Optional<Function> maker,
                                 int64_t last) const {
    return Show(name) + " " + Show(number) + " " + Show(maker.has_value()) + " " + Show(last);
  }
  virtual std::string TakesReferences(const String& name, const Optional<String>& maybe, const Choice& either,
                                      const Error& error) const {
    return Show(name) + " " + Show(maybe) + " " + Show(Any(either)) + " " + std::string(error.message());
  }

  int64_t number;
  String name;
  Array<Any> items;
  Map<String, int64_t> named;
  Optional<int64_t> maybe_number;
  Optional<String> maybe_name;
  Optional<Array<Any>> maybe_items;
  Choice either;
  Container either_object;
  Any value;
  int64_t last = 77;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("abi.Thing", Thing, Object);
};
class ThingRef : public ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(ThingRef, ObjectRef, Thing);
};

/* A class made from it, which the user knows only by its base. */
class Special : public Thing {
 public:
  explicit Special(int64_t number) : Thing(number), more(Letters(20)) {}
  int64_t Number() const override { return number + 1000; }
  String Name() const override { return more; }
  String more;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi.Special", Special, Thing);
};

inline Any MakeThing(int64_t number, Report&) {
  ThingsFreed() = 0;
  return Any(ThingRef(make_object<Thing>(number)));
}
inline Any MakeSpecial(int64_t number, Report&) {
  ThingsFreed() = 0;
  return Any(ThingRef(make_object<Special>(number)));
}

inline Any ReadFieldsOfThing(Any given, int64_t, Report& report) {
  const ThingRef thing = given.cast<ThingRef>();
  report("number", [&] { return thing->number; });
  report("name", [&] { return thing->name; });
  report("items", [&] { return Any(thing->items); });
  report("named", [&] { return Any(thing->named); });
  report("maybe_number", [&] { return thing->maybe_number; });
  report("maybe_name", [&] { return thing->maybe_name; });
  report("maybe_items", [&] { return thing->maybe_items; });
  report("either", [&] { return Any(thing->either); });
  report("either_object", [&] { return Any(thing->either_object); });
  report("value", [&] { return thing->value; });
  report("last", [&] { return thing->last; });
  report("writes to them", [&] {
    thing->name = String(Letters(30));
    thing->items.push_back(Any(int64_t{5}));
    thing->maybe_name = std::nullopt;
    thing->value = thing->items;
    thing->last = 78;
  });
  return given;
}
inline void FieldsBack(Any returned, int64_t number, Report& report) {
  const ThingRef thing = returned.cast<ThingRef>();
  report("maker, members", [&] {
    return Show(thing->name) + " " + Show(Any(thing->items)) + " " + Show(thing->maybe_name) + " " +
           Show(thing->value) + " " + Show(thing->last);
  });
  GiveUp(std::move(returned), number, report);
}

inline Any CallVirtuals(Any given, int64_t, Report& report) {
  report("type key", [&] { return Show(std::string(given.GetTypeKey())); });
  const ThingRef thing = given.cast<ThingRef>();
  report("Number", [&] { return thing->Number(); });
  report.Returned("Name", [&] { return thing->Name(); });
  report.Returned("Raw", [&] { return thing->Raw(); });
  report.Returned("Value", [&] { return thing->Value(); });
  report.Returned("Items", [&] { return thing->Items(); });
  report.Returned("Named", [&] { return thing->Named(); });
  report.Returned("Extents", [&] { return thing->Extents(); });
  report("Maker, called", [&] { return thing->Maker()(4).cast<int64_t>(); });
  report.Returned("Wrong", [&] { return thing->Wrong(); });
  report.Returned("Either", [&] { return thing->Either(); });
  report.Returned("EitherObject", [&] { return thing->EitherObject(); });
  report.Returned("Both", [&] { return thing->Both(); });
  for (const bool some : {false, true}) {
    const std::string which = some ? ", of some" : ", of none";
    report.Returned("MaybeNumber" + which, [&] { return thing->MaybeNumber(some); });
    report.Returned("MaybeFraction" + which, [&] { return thing->MaybeFraction(some); });
    report.Returned("MaybeTrue" + which, [&] { return thing->MaybeTrue(some); });
    report.Returned("MaybeName" + which, [&] { return thing->MaybeName(some); });
    report.Returned("MaybeItems" + which, [&] { return thing->MaybeItems(some); });
    report.Returned("MaybeMaker" + which, [&] { return thing->MaybeMaker(some); });
  }
  return given;
}
inline Any PassToVirtuals(Any given, int64_t number, Report& report) {
  const ThingRef thing = given.cast<ThingRef>();
  const String name(Letters(number));
  const Array<Any> items{Item(number)};
  const Function maker = Function::FromTyped([](int64_t a) { return a; });
  report("Takes", [&] { return thing->Takes(name, items, Any(name), 9); });
  report("TakesMaybe, of some", [&] { return thing->TakesMaybe(name, number, maker, 9); });
  report("TakesMaybe, of none", [&] { return thing->TakesMaybe(std::nullopt, std::nullopt, std::nullopt, 9); });
  report("TakesReferences", [&] {
    return thing->TakesReferences(name, Optional<String>(name), Choice(name), Error("ValueError", Letters(number), ""));
  });
  return given;
}
/* An exception of C++ that leaves one side's code for the other's, with no C interface between. */
inline Any CatchFromVirtual(Any given, int64_t, Report& report) {
  report("Fail", [&] {
    try {
      given.cast<ThingRef>()->Fail();
      return std::string("nothing");
    } catch (const Error& error) {
      return std::string(error.kind()) + ": " + std::string(error.message());
    }
  });
  return given;
}

inline Any CastThing(Any given, int64_t, Report& report) {
  report("type index is dynamic", [&] { return given.type_index() >= kTVMFFIDynObjectBegin; });
  report("type key", [&] { return Show(std::string(given.GetTypeKey())); });
  report("as its base", [&] { return given.try_cast<ObjectRef>().has_value(); });
  report("as a Thing", [&] { return given.as<Thing>() != nullptr; });
  report("as a Special", [&] { return given.as<Special>() != nullptr; });
  report("as an array", [&] { return given.try_cast<Array<Any>>().has_value(); });
  report("members of a Special", [&] {
    const auto* special = given.as<Special>();
    return special == nullptr ? std::string("none") : Show(special->more) + " " + Show(special->Name());
  });
  return given;
}

/* Counts of references, those that keep the memory alone among them. */
inline Any CountReferences(Any given, int64_t, Report& report) {
  ObjectPtr<Object> strong = GetObjectPtr<Object>(const_cast<Object*>(given.cast<ObjectRef>().get()));
  report("references", [&] { return strong.use_count(); });
  const WeakObjectPtr<Object> weak(strong);
  report("references, with a weak one", [&] { return strong.use_count(); });
  report("expired", [&] { return weak.expired(); });
  report("lock", [&] { return weak.lock().use_count(); });
  report("frees it", [&] {
    strong = nullptr;
    given = nullptr;
  });
  report("expired afterwards", [&] { return weak.expired(); });
  report("lock afterwards", [&] { return weak.lock() == nullptr; });
  return Any();
}
inline void CountFreed(Any returned, int64_t number, Report& report) {
  GiveUp(std::move(returned), number, report);
  report("maker, what was freed", [&] { return ThingsFreed(); });
}

/* What the maker has told the runtime of a class, and the user finds there. */
class Told : public Object {
 public:
  int64_t number = 0;
  String name;
  int64_t Twice() const { return 2 * number; }
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi.Told", Told, Object);
};
class ToldRef : public ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(ToldRef, ObjectRef, Told);
};
inline Any MakeTold(int64_t number, Report&) {
  namespace refl = reflection;
  /* A class is told once in a process, whichever side does it. */
  if (TVMFFIGetTypeInfo(Told::RuntimeTypeIndex())->num_fields == 0) {
    refl::ObjectDef<Told>()
        .def_rw("number", &Told::number, "a number", refl::DefaultValue(5))
        .def_ro("name", &Told::name)
        .def("twice", &Told::Twice, "twice the number");
    refl::TypeAttrDef<Told>().attr("abi.attribute", number + 1);
  }
  auto told = make_object<Told>();
  told->number = number;
  told->name = String(Letters(number));
  return Any(ToldRef(told));
}
inline Any ReadTold(Any given, int64_t, Report& report) {
  namespace refl = reflection;
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(given.type_index());
  report("fields", [&] { return info->num_fields; });
  for (int32_t at = 0; at < info->num_fields; ++at) {
    const TVMFFIFieldInfo& field = info->fields[at];
    const std::string name = "field " + Show(at) + ", ";
    report(name + "name", [&] { return Show(std::string(field.name.data, field.name.size)); });
    report(name + "doc", [&] { return Show(std::string(field.doc.data, field.doc.size)); });
    report(name + "size, alignment and offset", [&] {
      return Show(field.size) + " " + Show(field.alignment) + " " + Show(field.offset);
    });
    report(name + "has a default", [&] { return (field.flags & kTVMFFIFieldFlagBitMaskHasDefault) != 0; });
    report(name + "value", [&] { return refl::FieldGetter(&field)(given.cast<ObjectRef>()); });
    report(name + "FieldSetter", [&] {
      if (at == 0) refl::FieldSetter{&field}(given.cast<ObjectRef>(), 42);
    });
  }
  report("attribute of the class", [&] { return refl::TypeAttrColumn("abi.attribute")[given.type_index()]; });
  report("attribute of a class that has none", [&] { return refl::TypeAttrColumn("abi.attribute")[kTVMFFIArray]; });
  report("ObjectCreator", [&] {
    const Any made = refl::ObjectCreator("abi.Told")(Map<String, Any>{{"name", String("created")}});
    return Show(refl::FieldGetter(&info->fields[0])(made.cast<ObjectRef>())) + " " +
           Show(refl::FieldGetter(&info->fields[1])(made.cast<ObjectRef>()));
  });
  for (int32_t at = 0; at < info->num_methods; ++at) {
    const TVMFFIMethodInfo& method = info->methods[at];
    const std::string name(method.name.data, method.name.size);
    if (name.compare(0, 2, "__") == 0) continue;  // the headers' own, which come and go
    report("method " + name, [&] { return Any(AnyView::CopyFromTVMFFIAny(method.method).cast<Function>()(given)); });
  }
  return given;
}
inline void ToldBack(Any returned, int64_t number, Report& report) {
  report("maker, members", [&] { return Show(returned.cast<ToldRef>()->number); });
  GiveUp(std::move(returned), number, report);
}

const Exchange kObjectExchanges[] = {
    {"object.fields", MakeThing, ReadFieldsOfThing, FieldsBack},
    {"object.virtuals", MakeThing, CallVirtuals, CountFreed},
    {"object.derived", MakeSpecial, CallVirtuals, CountFreed},
    {"object.take", MakeThing, PassToVirtuals, CountFreed},
    {"object.throw", MakeThing, CatchFromVirtual, CountFreed},
    {"object.cast", MakeSpecial, CastThing, CountFreed},
    {"object.free", MakeThing, FreeIt, CountFreed},
    {"object.count", MakeThing, CountReferences, CountFreed},
    {"object.reflection", MakeTold, ReadTold, ToldBack},
};

}  // namespace
