/* Tensors: made by an allocator or from a DLPack structure, read, written, handed on as DLPack, freed by the other. */
#pragma once

#include "report.h"

namespace {

inline int64_t& TensorsFreed() {
  static int64_t count = 0;
  return count;
}

/* An allocator of the maker's own. */
struct Allocator {
  void AllocData(DLTensor* tensor) { tensor->data = new float[64]{}; }
  void FreeData(DLTensor* tensor) {
    delete[] static_cast<float*>(tensor->data);
    ++TensorsFreed();
  }
};
inline int64_t Rows(int64_t number) { return number % 20; }
inline void Fill(void* data) {
  for (int at = 0; at < 64; ++at) static_cast<float*>(data)[at] = static_cast<float>(at) / 2;
}
inline Any MakeTensor(int64_t number, Report&) {
  TensorsFreed() = 0;
  const Tensor tensor = Tensor::FromNDAlloc(Allocator(), Shape({Rows(number), 3}), DLDataType{kDLFloat, 32, 1},
                                            DLDevice{kDLCPU, 0});
  Fill(tensor.data_ptr());
  return Any(tensor);
}

/* A structure of DLPack, which is given to the headers or to the runtime. */
struct Owner {
  float data[64];
  int64_t shape[2], strides[2];
};
template <typename Managed>
Managed* Describe(int64_t number) {
  auto* owner = new Owner{{}, {Rows(number), 2}, {4, 1}};
  Fill(owner->data);
  auto* managed = new Managed{};
  managed->dl_tensor = {owner->data, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, owner->shape, owner->strides, 0};
  managed->manager_ctx = owner;
  managed->deleter = [](Managed* gone) {
    delete static_cast<Owner*>(gone->manager_ctx);
    delete gone;
    ++TensorsFreed();
  };
  return managed;
}
inline Any TensorFromDLPack(int64_t number, Report&) {
  TensorsFreed() = 0;
  return Any(Tensor::FromDLPack(Describe<DLManagedTensor>(number)));
}
inline Any TensorFromVersionedDLPack(int64_t number, Report&) {
  TensorsFreed() = 0;
  auto* managed = Describe<DLManagedTensorVersioned>(number);
  managed->version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  return Any(Tensor::FromDLPackVersioned(managed));
}
inline Any TensorFromRuntime(int64_t number, Report&) {
  TensorsFreed() = 0;
  TVMFFIAny slot{};
  TVMFFIObjectHandle handle = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITensorFromDLPack(Describe<DLManagedTensor>(number), 0, 0, &handle));
  slot.type_index = kTVMFFITensor;
  slot.v_obj = static_cast<TVMFFIObject*>(handle);
  Any value(AnyView::CopyFromTVMFFIAny(slot));
  TVMFFIObjectDecRef(handle);
  return value;
}

template <typename T>
void ReadFields(const std::string& as, const T& tensor, Report& report) {
  report(as + "ndim", [&] { return tensor.ndim(); });
  report(as + "dtype", [&] { return tensor.dtype(); });
  report(as + "device", [&] { return tensor.device(); });
  report(as + "shape", [&] { return ShowExtents(tensor.shape()); });
  report(as + "strides", [&] { return ShowExtents(tensor.strides()); });
  report(as + "numel", [&] { return tensor.numel(); });
  report(as + "byte_offset", [&] { return tensor.byte_offset(); });
  report(as + "IsContiguous", [&] { return tensor.IsContiguous(); });
  report(as + "first and last element", [&] {
    const auto* data = static_cast<const float*>(tensor.data_ptr());
    return Show(data[0]) + " " + Show(data[63]);
  });
}
inline Any ReadTensor(Any given, int64_t, Report& report) {
  report("type index", [&] { return given.type_index(); });
  const Tensor tensor = given.cast<Tensor>();
  ReadFields("", tensor, report);
  ReadFields("as a TensorView, ", TensorView(tensor), report);
  report("as a DLTensor*, ndim", [&] { return given.cast<DLTensor*>()->ndim; });
  report("GetDataSize", [&] { return GetDataSize(tensor); });
  report("references", [&] { return tensor.use_count(); });
  report("writes to it", [&] { static_cast<float*>(tensor.data_ptr())[0] = 7; });
  return given;
}

/* As DLPack it goes on to whoever knows nothing of tvm-ffi. */
inline Any TensorToDLPack(Any given, int64_t, Report& report) {
  report("ToDLPack", [&] {
    DLManagedTensor* managed = given.cast<Tensor>().ToDLPack();
    const std::string said = Show(managed->dl_tensor.shape[1]) + " " + Show(given.cast<Tensor>().use_count());
    managed->deleter(managed);
    return said;
  });
  report("ToDLPackVersioned", [&] {
    DLManagedTensorVersioned* managed = given.cast<Tensor>().ToDLPackVersioned();
    const std::string said = Show(managed->dl_tensor.shape[1]) + " " + Show(given.cast<Tensor>().use_count());
    managed->deleter(managed);
    return said;
  });
  report("references afterwards", [&] { return given.cast<Tensor>().use_count(); });
  return given;
}
inline Any TensorByRuntime(Any given, int64_t, Report& report) {
  for (const bool versioned : {false, true}) {
    report(versioned ? "TVMFFITensorToDLPackVersioned" : "TVMFFITensorToDLPack", [&] {
      DLManagedTensorVersioned* newer = nullptr;
      DLManagedTensor* older = nullptr;
      const TVMFFIObjectHandle handle = AnyView(given).CopyToTVMFFIAny().v_obj;
      const int status =
          versioned ? TVMFFITensorToDLPackVersioned(handle, &newer) : TVMFFITensorToDLPack(handle, &older);
      const DLTensor* view = status != 0 ? nullptr : versioned ? &newer->dl_tensor : &older->dl_tensor;
      const std::string said = view == nullptr ? "refused" : Show(view->ndim) + " " + Show(view->shape[1]);
      if (newer != nullptr) newer->deleter(newer);
      if (older != nullptr) older->deleter(older);
      return said;
    });
  }
  return given;
}

inline void TensorBack(Any returned, int64_t, Report& report) {
  if (returned.type_index() == kTVMFFITensor) {
    report("maker, first element", [&] { return *static_cast<float*>(returned.cast<Tensor>().data_ptr()); });
  }
  report("maker, gives up what came back", [&] { returned = nullptr; });
  report("maker, what was freed", [&] { return TensorsFreed(); });
}

const Exchange kTensorExchanges[] = {
    {"tensor.read", MakeTensor, ReadTensor, TensorBack},
    {"tensor.free", MakeTensor, FreeIt, TensorBack},
    {"tensor.dlpack", MakeTensor, TensorToDLPack, TensorBack},
    {"tensor.by-runtime", MakeTensor, TensorByRuntime, TensorBack},
    {"tensor.from-dlpack", TensorFromDLPack, ReadTensor, TensorBack},
    {"tensor.from-dlpack-versioned", TensorFromVersionedDLPack, ReadTensor, TensorBack},
    {"tensor.from-runtime", TensorFromRuntime, ReadTensor, TensorBack},
};

}  // namespace
