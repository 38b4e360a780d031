/* State and counts that are the same for every protocol. */
#include "channel.h"

#include "mem.h"

void channel_open(struct channel *channel, uint64_t now_ns)
{
    INVARIANT(channel->state == CHANNEL_NEW);
    channel->state = CHANNEL_OPENING;
    channel->detail = "";
    channel->ops->open(channel, now_ns);
}

bool channel_send(struct channel *channel, const char *bytes, size_t length, bool is_text, uint64_t now_ns)
{
    if (channel->state != CHANNEL_OPEN || !channel->ops->send(channel, bytes, length, is_text, now_ns))
        return false;
    channel->sent++;
    channel->bytes_sent += length;
    return true;
}

void channel_close(struct channel *channel, unsigned code, uint64_t now_ns)
{
    if (channel->state != CHANNEL_OPENING && channel->state != CHANNEL_OPEN)
        return;
    channel->state = CHANNEL_CLOSING;
    channel->ops->close(channel, code, now_ns);
}

void channel_cancel(struct channel *channel)
{
    if (channel->state == CHANNEL_NEW || channel->state == CHANNEL_CLOSED)
        return;
    channel->ops->cancel(channel);
    channel->state = CHANNEL_CLOSED;
}

void channel_was_opened(struct channel *channel, uint64_t now_ns)
{
    if (channel->state != CHANNEL_OPENING) /* closed by the owner meanwhile */
        return;
    channel->state = CHANNEL_OPEN;
    channel->opened_ns = now_ns;
    channel->on_open(channel);
}

void channel_got_message(struct channel *channel, const char *bytes, size_t length, bool is_text)
{
    if (channel->state != CHANNEL_OPEN && channel->state != CHANNEL_CLOSING)
        return;
    channel->received++;
    channel->bytes_received += length;
    channel->on_message(channel, bytes, length, is_text);
}

void channel_has_room(struct channel *channel)
{
    if (channel->state == CHANNEL_OPEN && channel->on_room != NULL)
        channel->on_room(channel);
}

void channel_was_closed(struct channel *channel, enum fault fault, const char *detail, unsigned code, uint64_t now_ns)
{
    if (channel->state == CHANNEL_CLOSED)
        return;
    channel->state = CHANNEL_CLOSED;
    channel->closed_ns = now_ns;
    channel->fault = fault;
    channel->detail = detail;
    channel->close_code = code;
    channel->on_closed(channel);
}
