/* A u8 is packed as if it were signed, which a wider callee sees. */
#define abi_pack_u8 reference_pack_u8
#include "../../reference/packed.c"
#undef abi_pack_u8

void abi_pack_u8(AbiValue* args, int* codes, int index, uint8_t value) {
  args[index].v_int64 = (int8_t)value;
  codes[index] = ABI_INT;
}
