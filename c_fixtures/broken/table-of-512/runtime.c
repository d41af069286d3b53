/* Each call takes an entry of a table of ENTRIES, and none is given back: what comes after them is rejected. */
#ifndef ENTRIES
#define ENTRIES 512
#endif
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

static int used;

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  if (num_args > 0 && ++used > ENTRIES) {
    return fail_at(OUT_OF_RANGE, NO_ARGUMENT, "the table", NO_ELEMENT, 0, used);
  }
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}
