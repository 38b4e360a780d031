/* Any bytes as a Location: either a complaint and nothing owned, or a target that can be sent as it stands. */
#include <stdint.h>
#include <string.h>

#include "mem.h"
#include "redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const bases[] = { "http://a:80/b/c/d;p?q", "https://[::1]:8443/", "http://a:80/x/%00/../y?" };

    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct redirect_target target, again;

        if (redirect_resolve(&target, bases[i], (const char *)data, size) != NULL) {
            INVARIANT(target.text == NULL && target.host == NULL && target.target == NULL && target.scheme == NULL);
            continue;
        }
        INVARIANT(target.target[0] == '/' && target.port != 0 && target.host[0] != '\0');
        INVARIANT(strcmp(target.scheme, "http") == 0 || strcmp(target.scheme, "https") == 0);
        for (const char *p = target.text; *p != '\0'; p++)
            INVARIANT((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f);
        INVARIANT(strpbrk(target.host, "/?#@ ") == NULL && strchr(target.target, '#') == NULL);
        if (redirect_resolve(&again, target.text, "", 0) == NULL) /* what was made can be a base */
            redirect_target_release(&again);
        redirect_target_release(&target);
    }
    return 0;
}
