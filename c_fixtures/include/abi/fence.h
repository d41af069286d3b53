/* Fences: bytes that nobody may touch while a call is made, told to AddressSanitizer by whoever lays them out. A side or
 * a runner that is built without it has none; the poison that lies there is all the same for both.
 *
 * ASan keeps one state for each eight bytes: how many of them, from the first on, may be touched. So a fence is exact
 * where it goes on to a multiple of eight. */
#ifndef ABI_FENCE_H
#define ABI_FENCE_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define ABI_HAS_FENCES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ABI_HAS_FENCES 1
#endif
#endif

#ifdef ABI_HAS_FENCES
void __asan_poison_memory_region(void const volatile* begin, size_t size);
void __asan_unpoison_memory_region(void const volatile* begin, size_t size);
#define ABI_FENCE(begin, size) __asan_poison_memory_region(begin, size)
#define ABI_UNFENCE(begin, size) __asan_unpoison_memory_region(begin, size)
#else
#define ABI_FENCE(begin, size) ((void)0)
#define ABI_UNFENCE(begin, size) ((void)0)
#endif

/* What is behind a value of `size` bytes in its slot of 16. */
#define ABI_FENCE_SLOT(slot, size) ABI_FENCE((char*)(slot) + (size), 16 - (size))

#endif
