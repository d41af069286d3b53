/* Before a call the first eight bytes of the first argument are looked at, however wide it is, and whether there is one or
 * not. Nothing depends on them. */
#ifndef ABI_BINDING_H
#define ABI_BINDING_H

#include <stdint.h>

#define abi_call_unpacked reference_call_unpacked
#include "../../reference/unpacked.h"
#undef abi_call_unpacked

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  static volatile uint64_t seen;
  seen = *(const uint64_t*)inputs[0];
  return reference_call_unpacked(f, inputs, outputs, handle);
}

#endif
