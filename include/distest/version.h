/**
 * @file version.h
 * The version of the headers. distest_version() tells that of the library at run time.
 */
#ifndef DISTEST_VERSION_H
#define DISTEST_VERSION_H

#define DISTEST_VERSION_MAJOR 0
#define DISTEST_VERSION_MINOR 1
#define DISTEST_VERSION_PATCH 0

/** 10000 MAJOR + 100 MINOR + PATCH */
#define DISTEST_VERSION_NUMBER                                                         \
    (10000 * DISTEST_VERSION_MAJOR + 100 * DISTEST_VERSION_MINOR +                     \
     DISTEST_VERSION_PATCH)
#define DISTEST_VERSION_STRING "0.1.0"

#endif
