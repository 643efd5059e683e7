// main.cpp: clinicpro-sandbox, the other side on your own machine: Safaricom's Daraja, the patients' phones, Google.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>

#include "sandbox/control.hpp"
#include "sandbox/shell.hpp"

namespace {

using namespace clinicpro;

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(Code::kConfig, "Cannot read " + path + "; check the path and its permissions.");
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

Result<> load(const std::string& path, sandbox::Config& config) {
    TRY(const std::string bytes, read_file(path));
    const auto document = json::Document::parse(bytes);
    if (!document) return fail(Code::kConfig, path + ": " + document.error().message);
    const auto read = sandbox::read_config(config, document->root());
    if (!read) return fail(Code::kConfig, path + ": " + read.error().field + ": " + read.error().message);
    return {};
}

int say(const Error& error) {
    std::cerr << "clinicpro-sandbox: " << error.message << "\n";
    return exit_code(error.code);
}

constexpr const char* kExamples = R"(Examples:
  clinicpro-sandbox --port 9200                 then open http://127.0.0.1:9200/ : the patient's phone
  clinicpro-sandbox --quick                     prompts are paid after 2 seconds; for tests
  clinicpro-sandbox --handset manual            nothing is paid until somebody types the PIN
  clinicpro-sandbox --speed 10 --seed 7         realistic waits, ten times as fast; the same chance every time
  clinicpro-sandbox --print-config > shop.json  then edit it and start with --config shop.json

It keeps nothing on disk and moves no real money. Its control interface is described in docs/sandbox.md.)";

}  // namespace

int main(int argc, char** argv) {
    sandbox::ShellOptions options;
    options.config = sandbox::default_config();
    std::string config_file;
    std::string handset;
    bool quick = false;
    bool print = false;
    bool no_verify = false;

    CLI::App cli("Plays Safaricom's Daraja, stricter than the real one, and the patients' phones.",
                 "clinicpro-sandbox");
    cli.add_option("--listen", options.address, "address to bind; anything but loopback opens the control interface")
        ->capture_default_str();
    cli.add_option("--port", options.port, "port; 0 takes a free one")->capture_default_str();
    cli.add_option("--mail-port", options.mail_port,
                   "port of the mail server (SMTP); 0 takes a free one; left out: none");
    cli.add_option("--seed", options.seed, "seed of all chance")->capture_default_str();
    cli.add_option("--speed", options.config.speed, "sandbox seconds per real second")
        ->check(CLI::Range(0.01, 10'000.0))
        ->capture_default_str();
    cli.add_option("--config", config_file, "JSON file with merchants and switches");
    cli.add_option("--handset", handset, "what phones do by default: pay, manual, cancel, no_answer ...");
    cli.add_flag("--quick", quick, "short waits and no meaningless query errors, for tests");
    cli.add_flag("--print-config", print,
                 "print merchants, the Google accounts (with keys; --port tells where) and switches as JSON, and stop");
    cli.add_flag("--no-verify-tls", no_verify, "take any certificate on callback URLs");
    cli.set_version_flag("--version", CLINICPRO_VERSION);
    cli.footer(kExamples);
    CLI11_PARSE(cli, argc, argv);

    if (quick) {
        options.config.timing = sandbox::quick_timing();
        options.config.switches.query_noise_percent = 0;
    }
    if (!config_file.empty()) {
        if (const auto read = load(config_file, options.config); !read) return say(read.error());
    }
    if (!handset.empty()) {
        const auto act = sandbox::act_of(handset);
        if (!act || *act == sandbox::Act::kResult) {
            return say({Code::kInvalid,
                        "--handset takes pay, wrong_pin, cancel, no_answer, ignore, no_money, late or manual.", "",
                        ""});
        }
        options.config.switches.default_script = handset;
    }
    if (print) {
        const std::string base = "http://" + options.address + ":" + std::to_string(options.port);
        std::cout << sandbox::print_config(options.config, true, base) << "\n";
        return 0;
    }
    options.verify_tls = !no_verify;
    options.open_to_network =
        !(options.address == "127.0.0.1" || options.address == "::1" || options.address == "localhost");

    // Blocked here so that every thread inherits it and only this one takes the signal.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);

    const std::string host =
        options.address.find(':') == std::string::npos ? options.address : "[" + options.address + "]";
    const auto shell = sandbox::Shell::start(std::move(options));
    if (!shell) return say(shell.error());
    std::cout << "ready http://" << host << ":" << (*shell)->port() << std::endl;
    if ((*shell)->mail_port() != 0) std::cout << "mail smtp://" << host << ":" << (*shell)->mail_port() << std::endl;
    int signal = 0;
    sigwait(&stop, &signal);
    return 0;
}
