/**
 * @file distest.h
 * All of distest.
 */
#ifndef DISTEST_H
#define DISTEST_H

#include <distest/core.h>
#include <distest/expfam.h>
#include <distest/kde.h>
#include <distest/rdd.h>
#include <distest/surv.h>
#include <distest/wls.h>

#endif
