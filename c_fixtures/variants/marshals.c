/* A runtime that marshals, as remote calls and front ends of other languages do: the arrays, texts, bytes and tensors of
 * a call are copied before it, and so is what it returns. Copies of arguments live until the call ends, those of a
 * result until the thread's next call.
 *
 * MISTAKE loses the last of several bytes. Other mistakes are in c_fixtures/broken. */
#define abi_call reference_call
#define abi_unpack_tensor reference_unpack_tensor
#include "../reference/packed.c"
#undef abi_call
#undef abi_unpack_tensor

/* ---- Copies ------------------------------------------------------------------------------------------------------- */

typedef struct Copy {
  struct Copy* next;
  int64_t words[];
} Copy;

typedef struct Copies {
  Copy* of_arguments; /* of all calls under way, the innermost first */
  Copy* of_result;
} Copies;

static pthread_once_t copies_once = PTHREAD_ONCE_INIT;
static pthread_key_t copies_key;

static void free_copies(Copy** list, const Copy* until) {
  while (*list != until) {
    Copy* copy = *list;
    *list = copy->next;
    free(copy);
  }
}

static void end_thread(void* copies) {
  free_copies(&((Copies*)copies)->of_arguments, NULL);
  free_copies(&((Copies*)copies)->of_result, NULL);
  free(copies);
}

static void make_copies_key(void) {
  if (pthread_key_create(&copies_key, end_thread) != 0) abort();
}

static Copies* copies_of_thread(void) {
  Copies* copies;
  pthread_once(&copies_once, make_copies_key);
  copies = pthread_getspecific(copies_key);
  if (copies == NULL) {
    copies = calloc(1, sizeof *copies);
    if (copies == NULL || pthread_setspecific(copies_key, copies) != 0) abort();
  }
  return copies;
}

static void* room(Copy** list, size_t size) {
  Copy* copy = calloc(1, sizeof *copy + size);
  if (copy == NULL) abort();
  copy->next = *list;
  *list = copy;
  return copy->words;
}

static const char*(copy_text)(Copy * *list, const char* text) {
  size_t size = strlen(text) + 1;
  return memcpy(room(list, size), text, size);
}

static AbiBytes*(copy_bytes)(Copy * *list, const AbiBytes* bytes) {
  AbiBytes* copy = room(list, sizeof *copy);
  char* data = room(list, bytes->size);
  copy->size = bytes->size;
  copy->data = memcpy(data, bytes->data, bytes->size);
#ifdef MISTAKE
  if (copy->size > 1) --copy->size;
#endif
  return copy;
}

/* Copies the elements row by row, whatever their strides are; gives where the next one goes. */
static char*(copy_elements)(char* to, const DLTensor* tensor, const int64_t* strides, int dim, const char* from) {
  size_t size = ((size_t)tensor->dtype.bits * tensor->dtype.lanes + 7) / 8;
  int64_t i;
  if (dim == tensor->ndim) return (char*)memcpy(to, from, size) + size;
  for (i = 0; i < tensor->shape[dim]; ++i) {
    to = (copy_elements)(to, tensor, strides, dim + 1, from + i * strides[dim] * (int64_t)size);
  }
  return to;
}

/* The copy is compact, has its strides written out, and no offset. */
static DLTensor*(copy_tensor)(Copy * *list, const DLTensor* tensor) {
  DLTensor* copy = room(list, sizeof *copy);
  int64_t* dims = room(list, 2 * (size_t)tensor->ndim * sizeof *dims);
  size_t count = 1, size = ((size_t)tensor->dtype.bits * tensor->dtype.lanes + 7) / 8;
  int i;
  *copy = *tensor;
  copy->shape = dims;
  copy->strides = dims + tensor->ndim;
  copy->byte_offset = 0;
  for (i = tensor->ndim - 1; i >= 0; --i) {
    copy->shape[i] = tensor->shape[i];
    copy->strides[i] = (int64_t)count;
    count *= (size_t)tensor->shape[i];
  }
  if (tensor->data != NULL) {
    const int64_t* strides = tensor->strides != NULL ? tensor->strides : copy->strides;
    copy->data = room(list, count * size);
    if (count > 0) copy_elements(copy->data, tensor, strides, 0, (const char*)tensor->data + tensor->byte_offset);
  }
  return copy;
}

static void* copied(Copy** list, int code, void* p) {
  if (p == NULL) return NULL;
  if (code == ABI_STR) return (void*)copy_text(list, p);
  return code == ABI_BYTES ? copy_bytes(list, p) : p;
}

/* ---- Calls -------------------------------------------------------------------------------------------------------- */

/* A tensor is copied once its metadata are known to be right. */
int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  int status = reference_unpack_tensor(args, codes, index, spec, out);
  if (status == 0 && *out != NULL) *out = copy_tensor(&copies_of_thread()->of_arguments, *out);
  return status;
}

#ifndef SLOTS_TO_COPY
#define SLOTS_TO_COPY(count) (count)
#endif

#ifndef BEFORE_THE_BODY
#define BEFORE_THE_BODY(copies, kept)
#endif

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  Copies* copies = copies_of_thread();
  Copy* kept = copies->of_arguments;
  int status, i;
  free_copies(&copies->of_result, NULL);
  if (num_args > 0 && args != NULL && codes != NULL) {
    size_t count = SLOTS_TO_COPY((size_t)num_args);
    int* all_codes = room(&copies->of_arguments, (size_t)num_args * sizeof *codes);
    AbiValue* values = room(&copies->of_arguments, (size_t)num_args * sizeof *args);
    memcpy(all_codes, codes, count * sizeof *codes);
    memcpy(values, args, count * sizeof *args);
    for (i = 0; i < (int)count; ++i) {
      values[i].v_handle = copied(&copies->of_arguments, codes[i], values[i].v_handle);
    }
    args = values;
    codes = all_codes;
  }
  BEFORE_THE_BODY(copies, kept);
  status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  if (status == 0 && ret != NULL && ret_code != NULL) {
    if (*ret_code == ABI_TENSOR && ret->v_handle != NULL) {
      ret->v_handle = copy_tensor(&copies->of_result, ret->v_handle);
    } else {
      ret->v_handle = copied(&copies->of_result, *ret_code, ret->v_handle);
    }
  }
  free_copies(&copies->of_arguments, kept);
  return status;
}
