/* Prints the completions of one shell (bash, zsh or fish) from the table of options, so that a shell offers what there is. Runs
 * while building, on the machine that builds; knows the tables and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option {
    const char *name;
    char letter;
    const char *kind, *value, *help;
};

static const struct option options[] = {
#define OPTION(id, name, letter, kind, to, value, normal, group, brief, help, man) { name, letter, #kind, value, help },
#include "args.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What comes first on the command line besides a target. */
static const char commands[] = ""
#define CLI_COMMAND(name, function, group, args, help) " " name
#include "commands.def"
#undef CLI_COMMAND
    ;

static int is(const struct option *o, const char *kind)
{
    return strcmp(o->kind, kind) == 0;
}

/* Text inside single quotes of a shell; `special` are letters that want a backslash there. */
static void quoted(const char *text, const char *special)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            fputs("'\\''", stdout);
        else {
            if (strchr(special, *p))
                putchar('\\');
            putchar(*p);
        }
    }
}

static void words(const char *choice)
{
    for (const char *p = choice; *p; p++)
        putchar(*p == '|' ? ' ' : *p);
}

static void print_bash(void)
{
    puts("# bash completion of onager; generated.\n"
         "_onager()\n"
         "{\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    COMPREPLY=()\n"
         "    if [ \"$word\" = = ]; then\n"
         "        word=\n"
         "    elif [ \"$before\" = = ]; then\n"
         "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
         "    fi\n"
         "    case $before in");
    for (size_t i = 0; i < COUNT(options); i++) {
        const struct option *o = &options[i];

        if (is(o, "FLAG") || is(o, "MAYBE"))
            continue;
        fputs("    ", stdout);
        if (o->letter)
            printf("-%c | ", o->letter);
        printf("--%s) ", o->name);
        if (is(o, "CHOICE")) {
            fputs("COMPREPLY=($(compgen -W '", stdout);
            words(o->value);
            puts("' -- \"$word\")); return ;;");
        } else if (strstr(o->value, "FILE"))
            puts("COMPREPLY=($(compgen -f -- \"$word\")); return ;;");
        else
            puts("return ;;");
    }
    fputs(
        "    esac\n"
        "    case $word in\n"
        "    -*) COMPREPLY=($(compgen -W '",
        stdout);
    for (size_t i = 0; i < COUNT(options); i++)
        printf("%s--%s", i ? " " : "", options[i].name);
    printf(
        "' -- \"$word\")) ;;\n"
        "    *)\n"
        "        COMPREPLY=($(compgen -f -X '!*.ini' -- \"$word\") $(compgen -d -- \"$word\"))\n"
        "        [ \"$COMP_CWORD\" = 1 ] && COMPREPLY+=($(compgen -W '%s' -- \"$word\"))\n"
        "        ;;\n"
        "    esac\n"
        "}\n"
        "complete -o filenames -F _onager onager\n",
        commands + 1);
}

static void zsh_spec(const struct option *o, const char *dashes, const char *name)
{
    const char *stop = strlen(name) > 1 ? "=" : "+";

    printf("    '%s%s%s%s[", is(o, "LIST") ? "*" : "", dashes, name, is(o, "FLAG") ? "" : is(o, "MAYBE") ? "=-" : stop);
    quoted(o->help, "[]:");
    putchar(']');
    if (is(o, "CHOICE")) {
        printf(":%s:(", o->name);
        words(o->value);
        putchar(')');
    } else if (!is(o, "FLAG"))
        printf(":%s%s:%s", is(o, "MAYBE") ? ":" : "", o->name, strstr(o->value, "FILE") ? "_files" : " ");
    puts("' \\");
}

static void print_zsh(void)
{
    puts("#compdef onager\n"
         "# zsh completion of onager; generated.\n"
         "_arguments -S \\");
    for (size_t i = 0; i < COUNT(options); i++) {
        const char letter[2] = { options[i].letter, '\0' };

        if (options[i].letter)
            zsh_spec(&options[i], "-", letter);
        zsh_spec(&options[i], "--", options[i].name);
    }
    printf("    '*:target:{ (( CURRENT == 2 )) && compadd %s; _files -g \"*.ini\" }'\n", commands + 1);
}

static void print_fish(void)
{
    printf(
        "# fish completion of onager; generated.\n"
        "complete -c onager -n __fish_use_subcommand -a '%s'\n",
        commands + 1);
    for (size_t i = 0; i < COUNT(options); i++) {
        const struct option *o = &options[i];

        printf("complete -c onager -l %s", o->name);
        if (o->letter)
            printf(" -s %c", o->letter);
        if (is(o, "CHOICE")) {
            fputs(" -x -a '", stdout);
            words(o->value);
            putchar('\'');
        } else if (is(o, "VALUE") || is(o, "LIST"))
            fputs(strstr(o->value, "FILE") ? " -r" : " -x", stdout);
        fputs(" -d '", stdout);
        for (const char *p = o->help; *p; p++) {
            if (*p == '\'' || *p == '\\')
                putchar('\\');
            putchar(*p);
        }
        puts("'");
    }
}

int main(int argc, char **argv)
{
    const char *shell = argc == 2 ? argv[1] : "";

    if (strcmp(shell, "bash") == 0)
        print_bash();
    else if (strcmp(shell, "zsh") == 0)
        print_zsh();
    else if (strcmp(shell, "fish") == 0)
        print_fish();
    else {
        fprintf(stderr, "usage: gen_completions bash|zsh|fish\n");
        return 1;
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
