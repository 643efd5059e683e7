#include <malloc.h>

#include "app/commands.hpp"

int main(int argc, char** argv) {
    // What a group of payments needs is given back and asked for again fifty times a second: it may stay.
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    return clinicpro::app::run(argc, argv);
}
