# What pages are made of, built once and carried by the program: pages/ (style sheets, scripts, icons) and po/ (words).

# pages/ -> generated/pages/assets.cpp. npm installs exactly what pages/package-lock.json names, and only when that changes; the
# folder node_modules is shared by all build folders.
function(clinicpro_embed_pages)
  find_program(CLINICPRO_NODE node REQUIRED)
  find_program(CLINICPRO_NPM npm REQUIRED)
  set(pages ${CMAKE_SOURCE_DIR}/pages)
  set(installed ${pages}/node_modules/.installed)
  add_custom_command(OUTPUT ${installed}
      COMMAND ${CLINICPRO_NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
      COMMAND ${CMAKE_COMMAND} -E touch ${installed}
      DEPENDS ${pages}/package.json ${pages}/package-lock.json
      WORKING_DIRECTORY ${pages} COMMENT "Installing the npm packages of pages/" VERBATIM)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${pages}/entries/* ${pages}/modules/* ${pages}/styles/*)
  set(out ${CMAKE_BINARY_DIR}/generated/pages)
  add_custom_command(OUTPUT ${out}/assets.cpp
      COMMAND ${CLINICPRO_NODE} build.mjs ${out}
      DEPENDS ${installed} ${pages}/build.mjs ${pages}/reference.mjs ${CMAKE_SOURCE_DIR}/api/openapi.yaml ${pages}/icons.txt ${sources}
      WORKING_DIRECTORY ${pages} COMMENT "Building pages/" VERBATIM)
  target_sources(clinicpro_web PRIVATE ${out}/assets.cpp)
  set_source_files_properties(${out}/assets.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# po/*.po -> generated/words/catalogues.cpp, by GNU gettext's own compiler and its checks.
function(clinicpro_embed_words)
  find_program(CLINICPRO_MSGFMT msgfmt REQUIRED)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/*.po)
  set(out ${CMAKE_BINARY_DIR}/generated/words)
  add_custom_command(OUTPUT ${out}/catalogues.cpp
      COMMAND ${CMAKE_COMMAND} -D MSGFMT=${CLINICPRO_MSGFMT} -D OUT=${out} "-D FILES=${files}"
              -P ${CMAKE_SOURCE_DIR}/cmake/words.cmake
      DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/words.cmake COMMENT "Compiling po/" VERBATIM)
  target_sources(clinicpro_web PRIVATE ${out}/catalogues.cpp)
  set_source_files_properties(${out}/catalogues.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
