#ifndef _INTTYPES_H
#define _INTTYPES_H
#include <stdint.h>

#if __SIZEOF_POINTER__ == 8
#define __ABI_64 "l"
#define __ABI_PTR "l"
#else
#define __ABI_64 "ll"
#define __ABI_PTR ""
#endif
#define PRId8 "d"
#define PRId16 "d"
#define PRId32 "d"
#define PRId64 __ABI_64 "d"
#define PRIi64 __ABI_64 "i"
#define PRIu8 "u"
#define PRIu16 "u"
#define PRIu32 "u"
#define PRIu64 __ABI_64 "u"
#define PRIx8 "x"
#define PRIx16 "x"
#define PRIx32 "x"
#define PRIx64 __ABI_64 "x"
#define PRIX64 __ABI_64 "X"
#define PRIdPTR __ABI_PTR "d"
#define PRIuPTR __ABI_PTR "u"
#define PRIxPTR __ABI_PTR "x"

#endif
