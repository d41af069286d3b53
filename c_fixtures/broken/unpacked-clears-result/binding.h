/* The first byte of the result is cleared. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  int status = f(inputs, outputs, handle);
  *(char*)outputs[0] = 0;
  return status;
}
