/* The callee sees a copy of its first argument of which only four bytes are kept. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  void* first = inputs[0];
  unsigned copy[4] = {0, 0, 0, 0};
  int status;
  copy[0] = *(unsigned*)first;
  inputs[0] = copy;
  status = f(inputs, outputs, handle);
  inputs[0] = first;
  return status;
}
