#include "app/commands.hpp"

int main(int argc, char** argv) { return clinicpro::app::run(argc, argv); }
