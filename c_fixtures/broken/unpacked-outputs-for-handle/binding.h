/* The callee gets the outputs where its resource handle belongs. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  (void)handle;
  return f(inputs, outputs, outputs);
}
