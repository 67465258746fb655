/* trig.h - sine, cosine, tangent and arc tangent with the same bits everywhere.
 *
 * Is:      plain double arithmetic (+ - * / and floor), written out in a fixed order: the functions
 *          of the C library differ between its versions and between processors.
 * Is not:  correctly rounded: the error is under one unit in the last place for the ranges below.
 * I1  An angle past TRIG_RADIANS_MAX in size is no measured one; the result is NaN, as for NaN.
 */
#ifndef HUREN_CRITERIA_TRIG_H
#define HUREN_CRITERIA_TRIG_H

#define TRIG_RADIANS_MAX 1e6
#define TRIG_PI 0x1.921fb54442d18p+1

double trig_sin(double radians);
double trig_cos(double radians);
double trig_tan(double radians);
/* Both of one angle, which costs little more than one. */
void trig_sin_cos(double radians, double *ret_sin, double *ret_cos);
/* The angle of the vector (x, y), in [-pi, pi]; zeros and infinities as C's atan2. */
double trig_atan2(double y, double x);

#endif
