/* See stdbool.h. Of variable arguments the suite's C only hands the list on; in a variadic function the compiler keeps it
 * in __va_area__. */
#ifndef ABI_STDARG_H
#define ABI_STDARG_H

typedef struct {
  unsigned int gp_offset;
  unsigned int fp_offset;
  void* overflow_arg_area;
  void* reg_save_area;
} __va_elem;

typedef __va_elem va_list[1];
typedef va_list __gnuc_va_list;
#define __GNUC_VA_LIST 1

#define va_start(ap, last) (*(ap) = *(__va_elem*)__va_area__)
#define va_end(ap) ((void)(ap))
#define va_copy(to, from) ((to)[0] = (from)[0])

#endif
