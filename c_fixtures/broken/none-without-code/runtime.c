/* A callee that returns nothing leaves the code as it was. */
#define abi_return_none reference_return_none
#include "../../reference/packed.c"
#undef abi_return_none

int abi_return_none(AbiValue* ret, int* ret_code) {
  return check_slot(ret, ret_code);
}
