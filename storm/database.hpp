// database.hpp: the server's database port with everything that goes wrong with a database, and with the process at a
// write.
//
// Busy, full, a statement that fails half way, a commit whose answer is lost (kept or not), and death just before or
// just after the commit. A dead process is told nothing: all its later calls fail, and its words are heard by nobody.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "store/database.hpp"
#include "storm/planted.hpp"
#include "storm/swarm.hpp"

namespace clinicpro::storm {

// One life of one server process; outlives it in the hands of what is still on its way to it.
struct Life {
    bool dead = false;
};

class StormDatabase final : public store::Database {
public:
    struct Surroundings {
        const Swarm& swarm;
        const bool& faults_on;
        Dice& dice;
        Plant plant = Plant::kNone;
        std::function<void(std::string_view how)> died;
        std::function<void(std::string_view what)> note;
    };
    StormDatabase(store::Database& inner, std::shared_ptr<Life> life, Surroundings around)
        : inner_(inner), life_(std::move(life)), around_(std::move(around)) {}

    Result<> read(const store::Body& body) override;
    void submit(store::Body body, std::function<void(Result<>)> done) override;
    std::string_view engine() const override { return inner_.engine(); }

private:
    bool chance(double probability) { return probability > 0 && around_.faults_on && around_.dice.chance(probability); }
    void die(std::string_view how);

    store::Database& inner_;
    const std::shared_ptr<Life> life_;
    const Surroundings around_;
};

}  // namespace clinicpro::storm
