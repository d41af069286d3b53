/* Every call is rejected. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  (void)f, (void)inputs, (void)outputs, (void)handle;
  return -1;
}
