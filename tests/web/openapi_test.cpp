// The API as it is described and as it is: the same operations at the same addresses, both ways.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/text.hpp"
#include "web/routes.hpp"

namespace clinicpro::web {
namespace {

// "GET /v1/clinics listClinics"
std::set<std::string> described() {
    std::ifstream in(std::string(CLINICPRO_SOURCE_DIR) + "/api/openapi.yaml");
    std::set<std::string> found;
    std::string path, method;
    bool in_paths = false;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line[0] != ' ' && line[0] != '#') in_paths = line == "paths:";
        if (!in_paths) continue;
        if (line.starts_with("  /") && line.ends_with(':')) {
            path = line.substr(2, line.size() - 3);
        } else if (line.starts_with("    ") && line[4] != ' ' && line.ends_with(':')) {
            method = text::upper(line.substr(4, line.size() - 5));
        } else if (line.starts_with("      operationId: ")) {
            EXPECT_TRUE(found.insert(method + " " + path + " " + line.substr(19)).second) << line;
        }
    }
    return found;
}

TEST(openapi, names_every_route_of_the_api_and_no_other) {
    std::set<std::string> served;
    for (const ApiRoute& route : api_routes()) {
        served.insert(std::string(route.method) + " " + std::string(route.pattern) + " " +
                      std::string(route.operation));
    }
    ASSERT_GT(served.size(), 40u);
    EXPECT_EQ(described(), served);
}

TEST(openapi, every_reference_leads_somewhere) {
    std::ifstream in(std::string(CLINICPRO_SOURCE_DIR) + "/api/openapi.yaml");
    std::set<std::string> defined;
    std::vector<std::string> used;
    std::string section;
    bool in_components = false;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line[0] != ' ' && line[0] != '#') in_components = line == "components:";
        if (in_components && line.starts_with("  ") && line[2] != ' ' && line.ends_with(':')) {
            section = line.substr(2, line.size() - 3);
        } else if (in_components && line.starts_with("    ") && line[4] != ' ' && line.ends_with(':')) {
            defined.insert("#/components/" + section + "/" + line.substr(4, line.size() - 5));
        }
        for (size_t at = line.find("'#/"); at != std::string::npos; at = line.find("'#/", at + 1)) {
            used.push_back(line.substr(at + 1, line.find('\'', at + 1) - at - 1));
        }
    }
    ASSERT_GT(used.size(), 100u);
    for (const std::string& reference : used) EXPECT_TRUE(defined.contains(reference)) << reference;
}

}  // namespace
}  // namespace clinicpro::web
