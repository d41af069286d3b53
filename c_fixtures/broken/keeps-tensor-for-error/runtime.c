/* The error of a tensor's wrong field tells its device, and follows its address only when it is read. */
#define abi_unpack_tensor reference_unpack_tensor
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_unpack_tensor
#undef abi_last_error

static const DLTensor* kept;

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  int status = reference_unpack_tensor(args, codes, index, spec, out);
  if (status != 0) kept = (const DLTensor*)args[index].v_handle;
  return status;
}

const char* abi_last_error(void) {
  Error* error = &this_thread()->error;
  char* text = error->text;
  reference_last_error();
  if (error->problem == WRONG_FIELD) append_decimal(put(text + strlen(text), ", on device "), kept->device.device_id);
  return text;
}
