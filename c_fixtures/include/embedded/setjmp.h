#ifndef _SETJMP_H
#define _SETJMP_H
#if !defined __x86_64__ || !defined __linux__
#error "the layouts here are those of x86-64 Linux"
#endif

typedef struct {
  long __registers[8];
  int __mask_was_saved;
  unsigned long __saved_mask[16];
} jmp_buf[1], sigjmp_buf[1];

int _setjmp(jmp_buf env);
int __sigsetjmp(sigjmp_buf env, int save_mask);
void longjmp(jmp_buf env, int value);
void siglongjmp(sigjmp_buf env, int value);
#define setjmp(env) _setjmp(env)
#define sigsetjmp(env, save_mask) __sigsetjmp(env, save_mask)

#endif
