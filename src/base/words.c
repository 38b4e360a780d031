/* Words of the life cycle, phases, verdict, events and commands, from their tables. */
#include "onager/engine.h"
#include "onager/snapshot.h"

const char *run_state_name(enum run_state state)
{
    static const char *const names[] = {
#define RUN_STATE(id, name, glyph, ascii, help) [RUN_##id] = name,
#include "onager/run_state.def"
#undef RUN_STATE
    };
    return names[state];
}

bool run_state_is_end(enum run_state state)
{
    return state >= RUN_FINISHED;
}

const char *phase_name(enum phase phase)
{
    static const char *const names[PHASE_COUNT] = { "blocked", "resolving", "connecting", "tls", "sending", "waiting", "receiving" };

    return names[phase];
}

const char *verdict_level_name(enum verdict_level level)
{
    static const char *const names[] = { "VALID", "DEGRADED", "INVALID" };

    return names[level];
}

const char *verdict_code_name(enum verdict_code code)
{
    static const char *const names[VERDICT_CODE_COUNT] = {
#define VERDICT_REASON(id, name, level, advice) [VERDICT_##id##_REASON] = name,
#include "onager/verdict_reason.def"
#undef VERDICT_REASON
    };
    return names[code];
}

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[] = {
#define EVENT_KIND(id, name, glyph) [EVENT_##id] = name,
#include "onager/event_kind.def"
#undef EVENT_KIND
    };
    return names[kind];
}

const char *command_name(enum command_kind kind)
{
    static const char *const names[COMMAND_COUNT] = {
#define COMMAND(id, name, word, args, states, help) [COMMAND_##id] = name,
#include "onager/command.def"
#undef COMMAND
    };
    return names[kind];
}

const char *command_word(enum command_kind kind)
{
    static const char *const words[COMMAND_COUNT] = {
#define COMMAND(id, name, word, args, states, help) [COMMAND_##id] = word,
#include "onager/command.def"
#undef COMMAND
    };
    return words[kind];
}

const char *command_args(enum command_kind kind)
{
    static const char *const all[COMMAND_COUNT] = {
#define COMMAND(id, name, word, args, states, help) [COMMAND_##id] = args,
#include "onager/command.def"
#undef COMMAND
    };
    return all[kind];
}

const char *executor_kind_name(enum executor_kind kind)
{
    static const char *const names[EXECUTOR_COUNT] = { "constant-vus",      "ramping-vus",           "shared-iterations",
                                                       "per-vu-iterations", "constant-arrival-rate", "ramping-arrival-rate" };

    return names[kind];
}

const char *auth_kind_name(enum auth_kind kind)
{
    static const char *const names[] = { "basic", "digest", "ntlm", "negotiate" };

    return names[kind];
}

const char *transport_kind_name(enum transport_kind kind)
{
    return kind == TRANSPORT_CURL ? "curl" : "http1";
}
