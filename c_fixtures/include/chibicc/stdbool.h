/* chibicc is shipped without the headers that belong to a compiler; these are the ones that the suite's C includes. */
#ifndef ABI_STDBOOL_H
#define ABI_STDBOOL_H

#define bool _Bool
#define true 1
#define false 0
#define __bool_true_false_are_defined 1

#endif
