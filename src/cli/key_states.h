/* The letters that keys.def and command.def use for states, as words. Pure. */
#ifndef ONAGER_KEY_STATES_H
#define ONAGER_KEY_STATES_H

#include <stddef.h>

/* "rgp" -> "ready, running, paused"; all of them "always". Returns out. */
const char *key_states_text(char *out, size_t size, const char *letters);

#endif
