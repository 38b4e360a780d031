/* The version of this build, as configure knows it. Any thread. */
#include "onager/version.h"

const char *onager_version(void)
{
    return PACKAGE_VERSION;
}
