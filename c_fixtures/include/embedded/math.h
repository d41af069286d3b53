#ifndef _MATH_H
#define _MATH_H

#define HUGE_VAL 1e500
#define INFINITY ((float)1e500)
#define NAN (0.0F / 0.0F)
#define isnan(x) ((x) != (x))
#define isinf(x) ((x) == HUGE_VAL || (x) == -HUGE_VAL)
#define isfinite(x) (!isnan(x) && !isinf(x))

double fabs(double x);
float fabsf(float x);
double copysign(double x, double sign);
float copysignf(float x, float sign);
double floor(double x);
double ceil(double x);
double trunc(double x);
double rint(double x);
double nearbyint(double x);
long lrint(double x);
long long llrint(double x);
double fmod(double x, double y);
double ldexp(double x, int exponent);
double frexp(double x, int* exponent);
double nextafter(double x, double to);
double sqrt(double x);
double pow(double x, double y);
double exp(double x);
double log(double x);
double sin(double x);
double cos(double x);

#endif
