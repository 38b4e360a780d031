/* The program: finds the command and runs it. A first word that is no command is a target, and the command is run. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "say.h"

static const struct cli_command commands[] = {
#define CLI_COMMAND(name, function, group, args, help) { name, function, group, args, help },
#include "commands.def"
#undef CLI_COMMAND
};

const struct cli_command *cli_command_at(size_t index)
{
    return index < sizeof commands / sizeof *commands ? &commands[index] : NULL;
}

const struct cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* Of 0, 1 and 2 the closed ones are taken, so that what is printed never lands in a connection or an output that got such a
 * number. For the output only reading is open: writing to it fails and is said. */
static void standard_files_take(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0)
            return;
}

/* What a command printed is its work: a full disk is not success. */
static int with_written_output(int exit_code)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || exit_code != EXIT_PASSED)
        return exit_code;
    say("cannot write to the standard output");
    return EXIT_OUTPUT;
}

int main(int argc, char **argv)
{
    const struct cli_command *command;

    standard_files_take();
    /* characters only: numbers look the same everywhere */
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        help_print();
        return EXIT_USAGE; /* nothing was asked for: a script whose target is empty must not pass */
    }
    command = cli_command_find(argv[1]);
    return with_written_output(command != NULL ? command->run(argc - 1, argv + 1) : cmd_run(argc, argv));
}
