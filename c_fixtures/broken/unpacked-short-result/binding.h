/* Of a result only four bytes reach the caller. */
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  long long cell[2] = {0, 0};
  void* own[1];
  int i, status;
  own[0] = cell;
  status = f(inputs, own, handle);
  for (i = 0; i < 4; ++i) ((char*)outputs[0])[i] = ((char*)cell)[i];
  return status;
}
