/* A bool is packed into one byte of its slot and read as 64 bits, so what the other seven held decides (apache/tvm#17240). */
#define abi_pack_bool reference_pack_bool
#include "../../reference/packed.c"
#undef abi_pack_bool

void abi_pack_bool(AbiValue* args, int* codes, int index, bool value) {
  *(bool*)&args[index] = value;
  codes[index] = ABI_INT;
}
