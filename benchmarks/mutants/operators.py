"""Our own operators: what goes wrong in runtimes of this kind, as edits of the reference's source.

An edit is a pattern and what takes its place, with `@` for each of some values in turn. Each place that the pattern
matches, with each value, is a mutant. Lines are left alone in which the same edit makes no other program, or another
one that the rules allow as well: the words of errors, memory that runs out, a null result slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_KINDS = (
    "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "bool", "handle", "str", "bytes", "dtype",
    "device", "tensor", "none",
)  # fmt: skip
_CODES = tuple(
    f"ABI_{name}"
    for name in ("INT", "UINT", "FLOAT", "HANDLE", "NULL", "DTYPE", "DEVICE", "TENSOR", "STR", "BYTES", "NDARRAY")
)
_BITS = tuple(f"{name.removeprefix('ABI_')}_BIT" for name in _CODES if name != "ABI_UINT")
_POSITIONS = tuple(map(str, range(16)))
_CALLS = ("1", "2", "4", "16", "256")
_WORDS = (
    "0", "1", "-1", "255", "INT32_MIN", "INT32_MAX", "UINT32_MAX", "INT64_MIN", "INT64_MAX", "0x7ff0000000000000",
    "0x7ff8000000000000", "0x3ff0000000000000",
)  # fmt: skip
_MASKS = ("0xff", "0xffff", "0xffffffff", "~1", "~0x100", "INT64_MAX", "0xffffffffffff")

_CHECK_COUNT = r"(?<=const AbiValue\* args, const int\* codes\) \{\n)(?=  if \(num_args)"
_CHECK_CODE = r"(?<=\(check_code\)\(enum Kind kind, const int\* codes, int index\) \{\n)"
_CHECK_TAKEN = r"(?<=\(check_taken\)\(enum Kind kind, int ret_code\) \{\n)"
_CHECK_TENSOR = r"(?<=\(check_tensor\)\(int index, const AbiTensorSpec\* spec, const DLTensor\* tensor\) \{\n)"
_PACKED = r"(?<=args\[index\].MEMBER = VALUE;)(?= +\\\n)"
_RETURNED = r"(?<=ret->MEMBER = VALUE;)(?= +\\\n)"
_IN_MACRO = r" +\\\n"
_SLOT = r"check_slot|ret_code == NULL"
_MEMORY = r"pthread_setspecific|text == NULL"
_WORDS_OF_ERRORS = (
    r"\bfail(?:_at)?\b|^  int64_t (?:expected|received);|append_decimal|put_code|\brest\b|  size_t length;|= strlen"
)
_EXPECTED = tuple(code for code in _CODES if code not in ("ABI_UINT", "ABI_NDARRAY"))


@dataclass(frozen=True)
class Edit:
    """One way to break the source: what `operator` finds, and what it puts there, with each of `values` for `@`.

    Lines that match `but` are left alone.
    """

    operator: str
    find: str
    put: str
    values: Sequence[str] = ("",)
    but: str = "(?!)"


_TRIPLES = tuple(
    f"number == {number} && index == {index} && kind == KIND_{kind}"
    for number in range(1, 17)
    for index in range(number)
    for kind in _KINDS[:-1]
)

EDITS = (
    # A check that is not made.
    Edit("dropped", r"^ *if \(.*\) return (?:-1|fail.*);\n", "", but=_SLOT),
    Edit("dropped", rf"^    if \(check_\w+\(.*\)\) return -1;{_IN_MACRO}", "", but=_SLOT),
    Edit("dropped", r"return check_(?:code|taken)\(.*\);", "return 0;"),
    # A check that lets more pass.
    Edit(
        "weakened",
        r"num_args != expected",
        "@",
        (
            "num_args < expected",
            "num_args > expected",
            "(num_args & 0xff) != (expected & 0xff)",
            "(short)num_args != (short)expected",
            "num_args >= 0 && num_args != expected",
            "abs(num_args) != expected",
        ),
    ),
    Edit(
        "weakened",
        r"expected == received",
        "@",
        (
            "expected <= received",
            "expected >= received",
            "(int)expected == (int)received",
            "expected % 256 == received % 256",
        ),
    ),
    Edit(
        "weakened",
        r"code >= ABI_INT && code <= ABI_RVALUE && ",
        "@",
        (
            "",
            "code <= ABI_RVALUE && ",
            "code >= ABI_INT && ",
            "code >= ABI_INT && code < 256 && ",
        ),
    ),
    Edit("weakened", r"(?<=&& \(set & BIT\(code)(?=\)\))", " @", ("& 7", "| 8", "| 1")),
    Edit("weakened", r"\b(\w+) == NULL", r"\1 == (void*)-1", but=f"{_SLOT}|{_MEMORY}"),
    Edit("weakened", r" \|\| ", " && ", but=f"{_SLOT}|{_MEMORY}"),
    # A table that accepts more, or less.
    Edit("wider table", r"(?<=\] )( *= \{ABI_\w+, )", r"\1@ | ", _BITS),
    Edit("wider table", r"(\] *= \{ABI_\w+, [^,\n]+, )", r"\1@ | ", _BITS),
    Edit("narrower table", r"\w+_BIT \| ", ""),
    Edit("narrower table", r" \| \w+_BIT", ""),
    Edit("narrower table", r"(?<=[,|] )\w+_BIT(?=[,}])", "0"),
    # A check at the wrong time, or in the wrong order.
    Edit("misplaced", r"^(  thread->error.problem = NO_PROBLEM;\n)(  status = .*\n)", r"\2\1"),
    Edit("misplaced", r"^(  \*dtype = \w+;\n)((?:  if .*\n)+)", r"\2\1"),
    Edit("misplaced", r"^(  if \(contains.*\n)(  return fail.*\n)", r"\2\1"),
    # Numbers that are one too large or too small.
    Edit("off by one", r"(?<=\[)(index|i|code)(?=\])", r"\1 @ 1", ("+", "-")),
    Edit("off by one", r"(?<=, )index(?=[,)])", "index @ 1", ("+", "-")),
    Edit("off by one", r"(?<=< )spec->ndim", "spec->ndim @ 1", ("+", "-")),
    Edit("off by one", r"spec->ndim - 1|bytes->size(?=;|\)|\])", r"\g<0> @ 1", ("+", "-")),
    Edit("off by one", r"length \+ 1", "length"),
    Edit("off by one", r"(?<=expected )> 0", "> @", ("-1", "1", "2")),
    Edit("off by one", r"(?<=, )num_args(?=,)", "num_args @ 1", ("+", "-")),
    # What is wrong for one kind, code, position, or all of them alone.
    Edit("one kind", _CHECK_CODE, "  if (kind == KIND_@) return 0;\n", _KINDS[:-1]),
    Edit("one kind", _CHECK_TAKEN, "  if (kind == KIND_@) return 0;\n", _KINDS),
    Edit("one kind", r"(?<=error->expected = )expected", "expected == @ ? -1 : expected", _EXPECTED),
    Edit(
        "one code", _CHECK_CODE, "  if (codes[index] == @) return 0;\n", (*_CODES, "-1", "15", "255", "256", "INT_MIN")
    ),
    Edit("one code", _CHECK_TAKEN, "  if (ret_code == @) return 0;\n", (*_CODES, "-1", "15", "255", "256", "INT_MIN")),
    Edit("one position", _CHECK_CODE, "  if (index == @) return 0;\n", _POSITIONS),
    Edit("one position", _CHECK_TENSOR, "  if (index == @) return 0;\n", _POSITIONS[:8]),
    Edit("one position", r"(?<=load_##K\(&args\[)index", "index == @ ? 0 : index", _POSITIONS[1:]),
    Edit(
        "one triple",
        r"(?s)(int abi_check_count.*?\{\n)(.*?)(static int \(check_code\).*?\{\n)",
        "static int number;\n\n\\1  number = expected;\n\\2\\3  if (@) return 0;\n",
        _TRIPLES,
    ),
    # What is wrong from some number on.
    Edit("beyond n", _CHECK_CODE, "  if (index >= @) return 0;\n", _POSITIONS[1:]),
    Edit("beyond n", _CHECK_COUNT, "  if (expected >= @) return 0;\n", _POSITIONS[1:]),
    Edit(
        "beyond n", _CHECK_COUNT, "  if (num_args > expected + @) return 0;\n", ("1", "2", "7", "100", "255", "65535")
    ),
    Edit("beyond n", _CHECK_TENSOR, "  if (spec->ndim > @) return 0;\n", ("0", "1", "2", "3", "4")),
    # What is wrong from some call on, or at some calls.
    Edit("second call", _CHECK_CODE, "  static int calls;\n  if (++calls > @) return 0;\n", _CALLS),
    Edit(
        "second call",
        _CHECK_CODE,
        "  static unsigned calls;\n  if (calls++ % @ == 1) return 0;\n",
        ("2", "3", "17", "101"),
    ),
    Edit("second call", _CHECK_COUNT, "  static int calls;\n  if (++calls > @) return 0;\n", _CALLS),
    Edit("second call", _CHECK_TAKEN, "  static int calls;\n  if (++calls > @) return 0;\n", _CALLS),
    Edit(
        "second call",
        r"(?<=  Thread\* thread = this_thread\(\);\n)(?=#if)",
        "  static int calls;\n  if (++calls > @) num_args = 0;\n",
        _CALLS,
    ),
    Edit("second call", _CHECK_CODE, "  if (this_thread()->error.problem != NO_PROBLEM) return 0;\n"),
    Edit("second call", _CHECK_COUNT, "  if (this_thread()->error.problem != NO_PROBLEM) return 0;\n"),
    # What threads share, and what only the first one has.
    Edit("two threads", r"(?<=  Thread\* thread;\n)", "  return &out_of_memory;\n"),
    Edit(
        "two threads",
        r"(?<=  Error\* error = &this_thread\(\)->error;\n)(?=  write_error)",
        "  static char text[160];\n  write_error(error, text);\n  return text;\n",
    ),
    Edit(
        "two threads",
        _CHECK_CODE,
        "  static pthread_t first;\n  if (first == 0) first = pthread_self();\n"
        "  if (first != pthread_self()) return 0;\n",
    ),
    Edit(
        "two threads",
        _CHECK_COUNT,
        "  static pthread_t first;\n  if (first == 0) first = pthread_self();\n"
        "  if (first != pthread_self()) return 0;\n",
    ),
    Edit(
        "two threads", r"(?<=  Error\* error = )&this_thread\(\)->error(?=;\n  error->problem)", "&out_of_memory.error"
    ),
    Edit("two threads", r"(?<=  Error\* error = )&this_thread\(\)->error(?=;\n  write_error)", "&out_of_memory.error"),
    # Values that arrive otherwise.
    Edit("bit patterns", _PACKED, " if (args[index].v_int64 == @) args[index].v_int64 ^= 2;", _WORDS),
    Edit("bit patterns", _PACKED, " args[index].v_int64 &= @;", _MASKS),
    Edit("bit patterns", _RETURNED, " if (ret->v_int64 == @) ret->v_int64 ^= 2;", _WORDS),
    Edit("bit patterns", _RETURNED, " ret->v_int64 &= @;", _MASKS),
    Edit("bit patterns", r"slot->v_int64(?=\))", "(slot->v_int64 @)", ("& 0x7f", "| 1", "& ~2")),
    Edit(
        "bit patterns",
        r"slot->v_int64 != 0",
        "@",
        ("slot->v_int64 == 1", "(char)slot->v_int64 != 0", "slot->v_int64 > 0"),
    ),
    Edit("bit patterns", r"slot->v_float64", "(slot->v_float64 @)", ("+ 0.0", "* 1.0f", "+ 1")),
    Edit(
        "contents",
        r"(?<=memcpy\(text, bytes->data, )bytes->size",
        "@",
        (
            "bytes->size - 1",
            "bytes->size / 2",
            "strnlen(bytes->data, bytes->size)",
            "bytes->size < 16 ? bytes->size : 16",
        ),
    ),
    Edit(
        "contents",
        r"\*out = (parsed);",
        r"*out = \1; @",
        (
            "out->bits ^= 1;",
            "out->lanes ^= 1;",
            "out->code ^= 1;",
            "if (out->lanes > 255) out->lanes = 1;",
        ),
    ),
    Edit("contents", r"dtype->(code|bits|lanes) = ", r"dtype->\1 = 1 + "),
    Edit("contents", r"put\(text, \"(\w+)\"\)", r'put(text, "\1 ")'),
    # An error that names another argument, or tells of an earlier call.
    Edit(
        "index",
        r"(?<=error->index = )index",
        "@",
        (
            "index + 1",
            "index - 1",
            "0",
            "index & 7",
            "index & 3",
            "index > 9 ? 9 : index",
            "(index + 1) % 16",
            "element == NO_ELEMENT ? index : element",
            "problem == WRONG_CODE ? index : 0",
        ),
    ),
    Edit(
        "stale error",
        r"  thread->error.problem = NO_PROBLEM;\n",
        "@",
        (
            "",
            "  if (num_args > 0) thread->error.problem = NO_PROBLEM;\n",
            "  if (thread->error.problem != WRONG_CODE) thread->error.problem = NO_PROBLEM;\n",
            "  if (thread->error.problem != WRONG_COUNT) thread->error.problem = NO_PROBLEM;\n",
            "  if (thread->error.problem != WRONG_RETURN) thread->error.problem = NO_PROBLEM;\n",
            "  if (thread->error.problem != WRONG_FIELD) thread->error.problem = NO_PROBLEM;\n",
        ),
    ),
    *(
        Edit("stale error", r"  error->(problem|index|expected|received) = \1;\n", put)
        for put in (
            "  if (error->problem == NO_PROBLEM) error->\\1 = \\1;\n",
            "  if (error->\\1 == 0) error->\\1 = \\1;\n",
        )
    ),
    Edit(
        "stale error",
        r"  write_error\(error, error->text\);\n",
        "  if (!*error->text) write_error(error, error->text);\n",
    ),
    # A code or a status that a call leaves.
    Edit("return code", r"(?<=\*ret_code = )(?:rules\[KIND_##K\].code|ABI_\w+)", "@", _CODES),
    Edit("return code", r"\*ret_code = (?:rules\[KIND_##K\].code|ABI_\w+);", "@", ("", "*(short*)ret_code = ABI_INT;")),
    Edit("return code", r"ret->MEMBER = VALUE;", ""),
    Edit("return code", r"ret->v_handle = \w+;", ""),
    Edit("return code", r"(?<=codes\[index\] = )(?:rules\[KIND_##K\].code|ABI_\w+)", "@", _CODES),
    Edit(
        "return code",
        r"f\((args, codes, num_args, ret, ret_code, handle)\);",
        "@",
        (
            "f(args, codes, num_args, ret, ret_code, NULL);",
            "f(args, codes, num_args, ret, ret_code, handle), 0;",
            "f(args, codes, num_args, ret, ret_code, handle) < 0 ? -1 : 0;",
            "(*ret_code = 0, f(args, codes, num_args, ret, ret_code, handle));",
            "f(args, codes, num_args, ret, codes, handle);",
            "f(args, codes, num_args, ret, ret_code, handle) || f(args, codes, num_args, ret, ret_code, handle);",
        ),
    ),
    Edit("return code", r"(?<=  return )-1;", "0;"),
    # Types that hold less.
    Edit("narrowed type", r"\bint64_t\b", "@", ("int32_t", "int16_t", "uint32_t"), but=_WORDS_OF_ERRORS),
    Edit("narrowed type", r"\buint64_t\b", "@", ("uint32_t", "int32_t"), but=_WORDS_OF_ERRORS),
    Edit("narrowed type", r"(?<!\w)u?int32_t\b", "@", ("int16_t", "uint16_t", "int8_t")),
    Edit("narrowed type", r"(?<!\w)u?int16_t\b", "@", ("int8_t", "uint8_t")),
    Edit(
        "narrowed type",
        r"\bint(?= (?:index|num_args|expected|code|ret_code)[,)])",
        "signed char",
    ),
    Edit("narrowed type", r"\bsize_t\b", "unsigned char", but=_WORDS_OF_ERRORS),
    Edit("narrowed type", r"\bunsigned\b(?! char)", "@", ("unsigned char",)),
    Edit("narrowed type", r"\bdouble\b", "float"),
)
