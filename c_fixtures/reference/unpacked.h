/* The reference of the unpacked convention (X1): two arrays of pointers, and nothing that says what they point to.
 *
 * inputs[i] points to argument i and outputs[0] to the place for the result; a handle's entry points to the pointer.
 * There are no type codes, no count and no check: what the callee declares is what it reads. */
#ifndef ABI_UNPACKED_H
#define ABI_UNPACKED_H

typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  return f(inputs, outputs, handle);
}

#endif
