/* A call is rejected when the fourth byte of its first argument looks negative. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  if (((signed char*)inputs[0])[3] < 0) return -1;
  return f(inputs, outputs, handle);
}
