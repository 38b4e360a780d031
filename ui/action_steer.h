/* Actions that steer the load, and what a line that was typed does. UI thread; parts of action.c. */
#ifndef UI_ACTION_STEER_H
#define UI_ACTION_STEER_H

#include "action.h"

/* Sends a command; false and a toast when too many wait. */
bool action_send(struct action_context *context, const struct command *command);

unsigned action_more(struct action_context *context);
unsigned action_less(struct action_context *context);
unsigned action_set(struct action_context *context);
unsigned action_undo(struct action_context *context);
unsigned action_spike(struct action_context *context);
unsigned action_skip(struct action_context *context);
unsigned action_aim(struct action_context *context);
unsigned action_command(struct action_context *context);
unsigned action_save_plan(struct action_context *context);
unsigned action_mark(struct action_context *context);
unsigned action_quit(struct action_context *context); /* action.c */
/* A key while somebody types. */
unsigned action_key_in_prompt(struct action_context *context, uint32_t key);

#endif
