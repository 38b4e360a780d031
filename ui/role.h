/* Roles: the meaning of a cell, from roles.def. Themes map them to colours and attributes. */
#ifndef UI_ROLE_H
#define UI_ROLE_H

enum role {
#define ROLE(id, name, help) ROLE_##id,
#include "roles.def"
#undef ROLE
    ROLE_COUNT
};

#endif
