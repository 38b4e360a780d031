/* The version this tree builds; configure.ac is the source. Any thread. */
#ifndef ONAGER_VERSION_H
#define ONAGER_VERSION_H

const char *onager_version(void);  /* "0.1.0" */
const char *onager_features(void); /* one line per library with the version in use, '\n' between; static storage */

#endif
