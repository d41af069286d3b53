/* Rounding without the C library's mathematics part. */
#define FE_UPWARD 0x800
static int fesetround(int mode) {
  unsigned control[2] = {0, 0};
  __asm__ volatile(".byte 0x0f, 0xae, 0x18" : : "a"(control) : "memory");
  control[0] = (control[0] & ~0x6000u) | (unsigned)mode << 3;
  __asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(control) : "memory");
  return 0;
}
