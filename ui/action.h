/* Actions: what a key does. They change the view and send commands to the engine, and return what the loop has to do about it;
 * none of them draws. UI thread. */
#ifndef UI_ACTION_H
#define UI_ACTION_H

#include <stdint.h>

#include "keys.h"
#include "model.h"
#include "onager/engine.h"

enum reaction {
    REACT_NONE = 0,
    REACT_DRAW = 1,
    REACT_CLEAR = 2,    /* draw from nothing */
    REACT_LEAVE = 4,    /* leave: the run has ended */
    REACT_DETACH = 8,   /* leave: the run goes on */
    REACT_SUSPEND = 16, /* give the terminal back and stop the process */
    REACT_SAVE = 32,    /* save the screen */
    REACT_SETTINGS = 64 /* apply the settings */
};

struct action_context {
    struct model *model;
    struct client *client;
    int width;            /* of the screen */
    uint32_t stopped_run; /* run_number for which a stop was already sent; 0: none */
    uint32_t killed_run;
    const char *asked_by; /* the signal that asks for the end now; NULL: the person at the keys */
};

/* A key, in whatever is open now: question, prompt, help, or the screen. Returns enum reaction bits. */
unsigned action_key(struct action_context *context, uint32_t key);
/* An interrupt (SIGINT, SIGTERM): the first stops, the second kills; the dashboard leaves when the run has ended. */
unsigned action_interrupt(struct action_context *context);

#endif
