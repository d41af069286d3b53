// The part of the reference runtime in C++ that is compiled once: the last error of each thread, and what a tensor must
// be like. It follows the rule table tvm-packed, as reference/packed.c does.
#include "binding.hpp"

namespace packed {

namespace {

thread_local std::string error;

std::string name_of(int code) {
  static const char* const names[] = {"int",    "uint",   "float",  "handle", "null",  "dtype",   "device", "tensor",
                                      "object", "module", "packed", "str",    "bytes", "ndarray", "rvalue"};
  if (code >= 0 && code < static_cast<int>(sizeof names / sizeof *names)) return names[code];
  return "code " + std::to_string(code);
}

// Compares the parts of one argument until the first that is wrong.
class Comparison {
 public:
  explicit Comparison(int index) : index_(index) {
  }

  template <class A, class B>
  Comparison& same(const std::string& what, A expected, B received) {
    if (!failed_ && static_cast<std::int64_t>(expected) != static_cast<std::int64_t>(received)) {
      failed_ =
          fail("expected " + what + " " + std::to_string(expected) + ", received " + std::to_string(received), index_);
    }
    return *this;
  }

  Comparison& there(const char* what, const void* pointer) {
    if (!failed_ && pointer == nullptr) {
      failed_ = fail(std::string("expected ") + what + ", received a null pointer", index_);
    }
    return *this;
  }

  int status() const {
    return failed_;
  }

 private:
  int index_;
  int failed_ = 0;
};

std::string element(const char* array, int i) {
  return std::string(array) + "[" + std::to_string(i) + "]";
}

// Where strides are not given they are those of a compact array. The stride of a dimension of size 1 is never used.
void compare_strides(Comparison& compare, const AbiTensorSpec& spec, const DLTensor& tensor) {
  std::uint64_t compact = 1;
  for (int i = spec.ndim - 1; i >= 0; --i) {
    auto stride_of = [&](const std::int64_t* strides) {
      return strides != nullptr ? strides[i] : static_cast<std::int64_t>(compact);
    };
    if (spec.shape[i] != 1) compare.same(element("strides", i), stride_of(spec.strides), stride_of(tensor.strides));
    compact *= static_cast<std::uint64_t>(spec.shape[i]);
  }
}

} // namespace

int fail(const std::string& problem, int index) {
  error = index == no_argument ? problem : "argument " + std::to_string(index) + ": " + problem;
  return -1;
}

int fail_code(int expected, int received, int index) {
  const char* where = index == no_argument ? "return: expected " : "expected ";
  return fail(where + name_of(expected) + ", received " + name_of(received), index);
}

const char* last_error() {
  return error.c_str();
}

void forget_error() {
  error.clear();
}

int check_tensor(const AbiTensorSpec& spec, const DLTensor* tensor, int index) {
  Comparison compare(index);
  if (compare.there("tensor", tensor).status()) return -1;
  compare.same("ndim", spec.ndim, tensor->ndim)
      .same("dtype.code", spec.dtype.code, tensor->dtype.code)
      .same("dtype.bits", spec.dtype.bits, tensor->dtype.bits)
      .same("dtype.lanes", spec.dtype.lanes, tensor->dtype.lanes);
  if (spec.ndim > 0) compare.there("shape", tensor->shape);
  bool empty = false;
  for (int i = 0; i < spec.ndim && !compare.status(); ++i) {
    compare.same(element("shape", i), spec.shape[i], tensor->shape[i]);
    empty = empty || spec.shape[i] == 0;
  }
  if (compare.status()) return -1;
  if (!empty) compare_strides(compare, spec, *tensor);
  compare.same("byte_offset", spec.byte_offset, tensor->byte_offset)
      .same("device_type", spec.device.device_type, tensor->device.device_type)
      .same("device_id", spec.device.device_id, tensor->device.device_id);
  if (!empty) compare.there("data", tensor->data);
  return compare.status();
}

} // namespace packed
