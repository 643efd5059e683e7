// Pages that follow: what changed is sent once, what did not is not, and watchers that went are forgotten.
#include "web/live.hpp"

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Following : public SiteTest {
protected:
    static std::string taken(net::Stream& stream) {
        std::string bytes;
        stream.take(bytes);
        return bytes;
    }
    std::string view = "one";
    Live::See see = [this](store::ClinicTx& tx) -> Result<std::string> {
        EXPECT_EQ(tx.clinic(), kMlimani);
        return view;
    };
};

TEST_F(Following, a_change_is_sent_once) {
    const auto stream = std::make_shared<net::Stream>();
    live.watch(kMlimani, stream, "one", see);
    live.look();
    EXPECT_EQ(taken(*stream), "");
    view = "two\nlines";
    live.look();
    live.look();
    EXPECT_EQ(taken(*stream), "event: status\ndata: two\ndata: lines\n\n");
}

TEST_F(Following, a_reader_without_room_gets_the_newest_when_it_has_some) {
    const auto stream = std::make_shared<net::Stream>("", 8);
    live.watch(kMlimani, stream, "one", see);
    view = "two";
    live.look();
    view = "three";
    live.look();  // no room
    EXPECT_EQ(taken(*stream), "event: status\ndata: two\n\n");
    view = "four";
    live.look();
    EXPECT_EQ(taken(*stream), "event: status\ndata: four\n\n");
}

TEST_F(Following, who_went_is_forgotten_and_what_is_gone_ends) {
    auto stream = std::make_shared<net::Stream>();
    live.watch(kMlimani, stream, "one", see);
    live.look();
    EXPECT_EQ(live.watchers(), 1u);
    stream.reset();
    live.look();
    EXPECT_EQ(live.watchers(), 0u);

    stream = std::make_shared<net::Stream>();
    live.watch(kMlimani, stream, "one",
               [](store::ClinicTx&) -> Result<std::string> { return fail(Code::kNotFound, "gone"); });
    live.look();
    EXPECT_EQ(live.watchers(), 0u);
    EXPECT_EQ(stream->write("x"), net::Stream::Wrote::kClosed);
}

TEST_F(Following, trouble_with_the_database_is_waited_out) {
    const auto stream = std::make_shared<net::Stream>();
    bool trouble = true;
    live.watch(kMlimani, stream, "one", [&](store::ClinicTx&) -> Result<std::string> {
        if (trouble) return fail(Code::kUnavailable, "The database cannot be reached.");
        return std::string("two");
    });
    live.look();
    EXPECT_EQ(live.watchers(), 1u);
    trouble = false;
    live.look();
    EXPECT_EQ(taken(*stream), "event: status\ndata: two\n\n");
}

TEST_F(Following, somebody_who_watches_for_long_is_looked_at_less) {
    Live slow(*database, {.own_thread = false, .every = 1s, .fresh = 2s, .slowdown = 5});
    const auto stream = std::make_shared<net::Stream>();
    int looks = 0;
    slow.watch(kMlimani, stream, "one", [&](store::ClinicTx&) -> Result<std::string> {
        ++looks;
        return std::string("one");
    });
    for (int i = 0; i < 22; ++i) slow.look();
    EXPECT_EQ(looks, 2 + 4);
}

TEST_F(Following, its_own_thread_looks_and_stops) {
    const auto stream = std::make_shared<net::Stream>("");
    std::promise<void> woken;
    stream->attach([&] { woken.set_value(); });
    Live own(*database, {.every = 1ms});
    own.watch(kMlimani, stream, "none", see);
    EXPECT_EQ(woken.get_future().wait_for(10s), std::future_status::ready);
    EXPECT_EQ(taken(*stream), "event: status\ndata: one\n\n");
}

}  // namespace clinicpro::web::testing
