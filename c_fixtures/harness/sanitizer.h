/* What the runner does for the sanitizers that it is built with (ABI_SANITIZED); without any, nothing.
 *
 * A sanitizer writes a report and ends the child. What it says goes where the runner finds it, whatever became of the
 * child's descriptors.
 */
#ifndef ABI_SANITIZER_H
#define ABI_SANITIZER_H

#include <stddef.h>

#include "../include/abi/fence.h"

#define ABI_REPORT_STATUS 86 /* with which a child ends that a sanitizer has ended */

/* How libraries are loaded: for good, since ASan has a list of all globals that ever were, and reads them for a report. */
#ifdef ABI_SANITIZED
#define ABI_LOADING (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
#else
#define ABI_LOADING (RTLD_NOW | RTLD_LOCAL)
#endif

/* In a child: has what a sanitizer prints from now on written to `text`, ended by a zero, as far as it fits. */
void abi_take_report(char* text, size_t room);

/* Whether a child that ended with `status` was ended by a sanitizer. */
int abi_was_reported(int status);

/* Whether a report is about memory that was read or written where nothing lies. */
int abi_is_about_memory(const char* report);

#endif
