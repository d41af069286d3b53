/* Values as they lie in a TVMFFIAny, made by hand where the headers would choose another form. */
#pragma once

#include "witness.h"

#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace abi {

/* A slot that holds the value itself. */
inline TVMFFIAny Bits(uint64_t bits) {
  TVMFFIAny slot{};
  slot.v_uint64 = bits;
  return slot;
}

/* A float lies in its slot as a double. */
inline uint64_t Widened(uint32_t bits) {
  float narrow;
  std::memcpy(&narrow, &bits, sizeof narrow);
  const double wide = narrow;
  uint64_t out;
  std::memcpy(&out, &wide, sizeof out);
  return out;
}

inline TVMFFIAny Pointer(const void* to) {
  TVMFFIAny slot{};
  slot.v_ptr = const_cast<void*>(to);
  return slot;
}

/* A text of at most 7 bytes within the slot. */
inline TVMFFIAny Small(const char* text, uint32_t size) {
  TVMFFIAny slot{};
  slot.small_str_len = size;
  std::memcpy(slot.v_bytes, text, size < 8 ? size : 8);
  return slot;
}

inline TVMFFIAny ByteArray(const char* text, size_t size) {
  return Pointer(new TVMFFIByteArray{text, size});
}

/* A string or bytes object of any length: the headers themselves keep up to 7 bytes within the slot. */
inline TVMFFIAny Text(int32_t index, const char* text, size_t size) {
  struct Object {
    TVMFFIObject header;
    TVMFFIByteArray text;
  };
  auto* object = new Object{{}, {text, size}};
  object->header.combined_ref_count = (uint64_t{1} << 32) | 1000;
  object->header.type_index = index;
  return Pointer(object);
}

/* An object that has nothing behind its header. */
inline TVMFFIAny Plain() { return Text(kTVMFFIObject, nullptr, 0); }

/* An object that the headers make; it is never given back. */
template <typename T>
TVMFFIAny Made(T value) {
  return AnyView(*new T(std::move(value))).CopyToTVMFFIAny();
}

/* The address of a reference, for a callee to take the object out of it. */
template <typename T>
TVMFFIAny Lent(T value) {
  return Pointer(new T(std::move(value)));
}

inline DLTensor* View(DLDataType dtype, DLDevice device, std::vector<int64_t> shape, std::vector<int64_t> strides,
                      uint64_t byte_offset, bool no_data) {
  static char data[256];
  auto* extents = new std::vector<int64_t>(std::move(shape));
  auto* steps = new std::vector<int64_t>(std::move(strides));
  auto* tensor = new DLTensor{};
  tensor->data = no_data ? nullptr : data;
  tensor->device = device;
  tensor->ndim = static_cast<int32_t>(extents->size());
  tensor->dtype = dtype;
  tensor->shape = extents->data();
  tensor->strides = steps->data();
  tensor->byte_offset = byte_offset;
  return tensor;
}

inline TVMFFIAny TensorObject(DLTensor* view) {
  auto* managed = new DLManagedTensor{*view, nullptr, nullptr};
  TVMFFIObjectHandle handle = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITensorFromDLPack(managed, 0, 0, &handle));
  return Pointer(handle);
}

/* The slot under a code, with what is to lie in its padding unless that is left as it is. */
inline TVMFFIAny Under(int32_t code, TVMFFIAny slot) {
  slot.type_index = code;
  return slot;
}
inline TVMFFIAny Padded(uint32_t padding, TVMFFIAny slot) {
  slot.zero_padding = padding;
  return slot;
}

/* Kind and message of the error that was raised, empty if none was. */
inline std::string Raised() {
  TVMFFIObjectHandle handle = nullptr;
  TVMFFIErrorMoveFromRaised(&handle);
  if (handle == nullptr) return "";
  const auto* error = reinterpret_cast<const TVMFFIErrorCell*>(static_cast<const char*>(handle) + sizeof(TVMFFIObject));
  return std::string(error->kind.data, error->kind.size) + ": " + std::string(error->message.data, error->message.size);
}

/* Makes the call in a process of its own: the status that `judge` gives, or 1 with a word on how the process ended. */
template <typename Judge>
int Apart(Judge judge) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(10); /* a call that does not come to an end dies of signal 14 */
    const int status = judge();
    std::fflush(stdout);
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) <= 1) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) std::printf("NONCONFORMING: the call died of signal %d\n", WTERMSIG(status));
  if (WIFEXITED(status)) std::printf("NONCONFORMING: the call exited the process with status %d\n", WEXITSTATUS(status));
  return 1;
}

}  // namespace abi
