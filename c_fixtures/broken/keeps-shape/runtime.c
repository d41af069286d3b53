/* The shape of the tensor that came last is kept by its address, to count how often one comes again. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

static const int64_t* kept;
static int repeated;

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  int status = reference_unpack_tensor(args, codes, index, spec, out);
  if (status != 0 || spec->ndim == 0) return status;
  if (kept != NULL && *kept == *(*out)->shape) ++repeated;
  kept = (*out)->shape;
  return 0;
}
