/* The table of signatures that generic stubs read: a signature is data, so a new one costs no compiler.
 *
 * It lies in the memory of a run, in the target's own order of bytes. Numbers of kinds are those of the text of a side.
 * The structures have no gaps, so that a side that is compiled to leave none (-fpack-struct) reads them as they are.
 */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

#include <stdint.h>

enum {
  ABI_GENERIC = 64,     /* signatures that a side of generic stubs is bound to at once, each by an entry of its own */
  ABI_MOST_SPECS = 1024 /* different declared tensors among them */
};

typedef struct AbiSignature {
  uint16_t num_args;
  uint16_t ret;   /* a kind's number */
  uint32_t first; /* the place of its first argument among `params` */
} AbiSignature;

typedef struct AbiParam {
  uint16_t kind; /* a kind's number */
  uint16_t spec; /* of a tensor: the place of what is declared of it among `specs` */
} AbiParam;

/* What a callee declares of a tensor. */
typedef struct AbiDeclared {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint64_t byte_offset;
  uint32_t shape;   /* the place of its first extent among `dims` */
  uint32_t strides; /* and of its first stride; ABI_COMPACT: no strides are declared */
} AbiDeclared;

#define ABI_COMPACT 0xffffffffu

typedef struct AbiTable {
  const AbiSignature* signatures;
  const AbiParam* params;
  const AbiDeclared* specs;
  const int64_t* dims;
  uint32_t count; /* of signatures, at most ABI_GENERIC */
  uint32_t num_specs;
} AbiTable;

#endif
