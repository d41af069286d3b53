from __future__ import annotations

from conformance.compat.headers import VirtualFunction, classes, derived, lines_told, macros_with_line, split

TEXT = """
#define OPEN {
namespace a {
namespace b {
// class Commented : public Object {
class API ThingObj final : public Object, protected ns::Cell<int, 2> {
 public:
  virtual const char* kind() const = 0;
  virtual Map<K, V> find(const String& name, int depth = f(1, 2)) { return {}; }
  struct Inner : public Object { virtual void hidden(); };
  virtual void last(Any* out, bool) const noexcept;
};
template <typename T>
class Box : public Ref {};
struct Plain { int x; };
enum class Colour : int { red };
class Forward;
}
const char* text = "class Quoted : public Object {";
class Ref : public Object {};
}
"""


def test_classes_have_their_namespace_bases_and_virtual_functions() -> None:
    found = {cls.qualified: cls for cls in classes(TEXT)}
    assert list(found) == ["a::b::ThingObj", "a::b::Box", "a::b::Plain", "a::Ref"]
    assert found["a::b::ThingObj"].bases == ("Object", "Cell")
    assert found["a::b::ThingObj"].virtuals == [
        VirtualFunction("kind", (), True),
        VirtualFunction("find", ("const String&", "int"), False),
        VirtualFunction("last", ("Any*", "bool"), True),
    ]
    assert [cls.is_template for cls in found.values()] == [False, True, False, False]


def test_what_derives_from_a_root_crosses_through_any_number_of_bases() -> None:
    assert [cls.name for cls in derived(classes(TEXT), ["Object"])] == ["Box", "Ref", "ThingObj"]


def test_a_circle_of_bases_ends() -> None:
    text = "namespace a { class A : public B {}; class B : public A {}; }"
    assert derived(classes(text), ["Object"]) == []


def test_commas_inside_brackets_part_nothing() -> None:
    assert split("Map<K, V> a, int (*f)(int, int), {1, 2}") == ["Map<K, V> a", "int (*f)(int, int)", "{1, 2}"]


def test_macros_that_pass_on_the_line_are_found_through_others() -> None:
    text = """
#define FAIL(x) fail(__FILE__, __LINE__, x)
#define CHECK(x) \\
  if (!(x)) FAIL(#x)
#define OTHER(x) (x)
/* __LINE__ */
"""
    assert macros_with_line([text]) == {"FAIL", "CHECK"}


def test_a_use_is_told_by_the_lines_it_has() -> None:
    text = """/* CHECK(1)
CHECK(2) */
CHECK(3);
  CHECK(4,
        (5),
        6) << 7;
#define MORE CHECK(8)
UNCHECK(9); char* t = "CHECK(9)";
"""
    assert lines_told(text, ["CHECK"]) == {3, 4, 5, 6}
    assert lines_told(text, []) == frozenset()
