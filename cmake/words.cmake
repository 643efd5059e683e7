# Script: compiles each catalogue and writes the C++ source that embeds them (src/web/words.hpp). Run by cmake/pages.cmake.
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})
set(arrays "")
set(table "")
foreach(file ${FILES})
  get_filename_component(language ${file} NAME_WE)
  execute_process(COMMAND ${MSGFMT} --check --check-accelerators --endianness=little -o ${OUT}/${language}.mo ${file}
      COMMAND_ERROR_IS_FATAL ANY)
  # Named by content, so that a compiler cache can never serve an old one.
  file(SHA256 ${OUT}/${language}.mo hash)
  file(RENAME ${OUT}/${language}.mo ${OUT}/${language}.${hash}.mo)
  string(APPEND arrays "alignas(4) constexpr unsigned char k_${language}[] = {\n#embed \"${language}.${hash}.mo\"\n};\n")
  string(APPEND table "    {\"${language}\", {reinterpret_cast<const char*>(k_${language}), sizeof k_${language}}},\n")
endforeach()
file(WRITE ${OUT}/catalogues.cpp "// Made by cmake/words.cmake.
#include \"web/words.hpp\"

#pragma clang diagnostic ignored \"-Wc23-extensions\"
#pragma clang diagnostic ignored \"-Wc++11-narrowing\"  // clang 19 reads bytes above 127 as negative

namespace clinicpro::web {
namespace {
${arrays}
const Catalogue kCatalogues[] = {
${table}};
}  // namespace

std::span<const Catalogue> embedded_catalogues() { return kCatalogues; }

}  // namespace clinicpro::web
")
