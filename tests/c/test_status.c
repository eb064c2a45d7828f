/* test_status.c - statuses in words, versions, messages. */
#include "check.h"
#include "core.h"

static void every_status_has_words(void)
{
    for (int s = DISTEST_SUCCESS; s <= DISTEST_EINTERNAL; s++) {
        CHECK(strcmp(distest_strerror(s), "unknown status") != 0);
        for (int t = 0; t < s; t++)
            CHECK(strcmp(distest_strerror(s), distest_strerror(t)) != 0);
    }
    CHECK(strcmp(distest_strerror(-1), "unknown status") == 0);
    CHECK(strcmp(distest_strerror(DISTEST_EINTERNAL + 1), "unknown status") == 0);
}

static void version_is_that_of_the_headers(void)
{
    char text[32];
    const int v = distest_version();
    CHECK(v == DISTEST_VERSION_NUMBER);
    snprintf(text, sizeof text, "%d.%d.%d", v / 10000, v / 100 % 100, v % 100);
    CHECK(strcmp(text, DISTEST_VERSION_STRING) == 0);
}

static void a_failure_leaves_argument_and_message(void)
{
    distest_context ctx = distest_context_default();
    CHECK(di_fail(&ctx, DISTEST_EDOM, "times", "`times` has %d", -3) == DISTEST_EDOM);
    CHECK(strcmp(ctx.argument, "times") == 0 &&
          strcmp(ctx.message, "`times` has -3") == 0);
    di_begin(&ctx);
    CHECK(ctx.argument[0] == '\0' && ctx.message[0] == '\0');
    CHECK(di_fail(NULL, DISTEST_EDOM, "times", "x") == DISTEST_EDOM);
}

static void long_messages_are_cut_and_ended(void)
{
    distest_context ctx = distest_context_default();
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CHECK(di_fail(&ctx, DISTEST_EINVAL, longer, "%s", longer) == DISTEST_EINVAL);
    CHECK(strlen(ctx.message) == sizeof ctx.message - 1);
    CHECK(strlen(ctx.argument) == sizeof ctx.argument - 1);
}

int main(void)
{
    RUN(every_status_has_words);
    RUN(version_is_that_of_the_headers);
    RUN(a_failure_leaves_argument_and_message);
    RUN(long_messages_are_cut_and_ended);
    return check_report("status");
}
