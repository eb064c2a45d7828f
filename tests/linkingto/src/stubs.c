#include <distest_stubs.c>
