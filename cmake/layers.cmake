# How a folder becomes a library, and a folder of tests a test program.

# Headers that nearly every file includes, compiled once for the whole project.
set(CLINICPRO_PCH <algorithm> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional> <span> <string>
    <string_view> <utility> <variant> <vector>)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch_anchor.cpp CONTENT "// holds the precompiled header that every library reuses\n")
add_library(clinicpro_pch OBJECT ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
target_link_libraries(clinicpro_pch PRIVATE clinicpro_flags)
target_compile_options(clinicpro_pch PRIVATE -Xclang -fno-pch-timestamp)
target_precompile_headers(clinicpro_pch PRIVATE ${CLINICPRO_PCH})

# Tests are compiled often and run briefly: without optimisation a file takes half the time, and half of the rest is
# GoogleTest's headers. What they test is compiled as the preset says.
function(clinicpro_use_test_pch target)
  if(NOT TARGET clinicpro_test_pch)
    add_library(clinicpro_test_pch OBJECT ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
    target_link_libraries(clinicpro_test_pch PRIVATE clinicpro_flags GTest::gmock)
    target_compile_options(clinicpro_test_pch PRIVATE -O0 -Xclang -fno-pch-timestamp)
    target_precompile_headers(clinicpro_test_pch PRIVATE ${CLINICPRO_PCH} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_compile_options(${target} PRIVATE -O0 -Xclang -fno-pch-timestamp)
  target_precompile_headers(${target} REUSE_FROM clinicpro_test_pch)
endfunction()

# With headers after the target it gets a precompiled header of its own, which holds these as well.
function(clinicpro_use_pch target)
  target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)
  if(ARGN)
    target_precompile_headers(${target} PRIVATE ${CLINICPRO_PCH} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM clinicpro_pch)
  endif()
endfunction()

# clinicpro_library(name [DIRECTORY dir] [USES layers] [LINKS targets] [EXCEPT files] [PRECOMPILES headers])
# PRECOMPILES: headers that most files of this library include, and no other library does.
function(clinicpro_library name)
  cmake_parse_arguments(L "" "DIRECTORY" "USES;LINKS;EXCEPT;PRECOMPILES" ${ARGN})
  if(NOT L_DIRECTORY)
    set(L_DIRECTORY src/${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${L_DIRECTORY}/*.cpp)
  foreach(file ${L_EXCEPT})
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${L_DIRECTORY}/${file})
  endforeach()
  if(NOT sources)
    add_library(clinicpro_${name} INTERFACE)
    target_include_directories(clinicpro_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
    return()
  endif()
  add_library(clinicpro_${name} STATIC ${sources})
  add_library(clinicpro::${name} ALIAS clinicpro_${name})
  set_target_properties(clinicpro_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(clinicpro_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>
      $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include/clinicpro>)
  target_link_libraries(clinicpro_${name} PRIVATE $<BUILD_INTERFACE:clinicpro_flags> ${L_LINKS} PUBLIC Threads::Threads)
  foreach(layer ${L_USES})
    target_link_libraries(clinicpro_${name} PUBLIC clinicpro_${layer})
  endforeach()
  clinicpro_use_pch(clinicpro_${name} ${L_PRECOMPILES})
endfunction()

function(clinicpro_program name)
  cmake_parse_arguments(P "" "MAIN" "USES" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${P_MAIN})
    return()
  endif()
  add_executable(${name} ${P_MAIN})
  target_link_libraries(${name} PRIVATE clinicpro_flags clinicpro_${P_USES})
  clinicpro_use_pch(${name})
endfunction()

# migrations/*.sql become one generated source in the store library: the program carries its own schema.
function(clinicpro_embed_migrations)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
  list(SORT files)
  set(out ${CMAKE_BINARY_DIR}/generated/migrations.cpp)
  set(text "#include \"store/migrations.hpp\"\n\n#pragma clang diagnostic ignored \"-Woverlength-strings\"\n\nnamespace clinicpro::store {\nstd::span<const Migration> embedded_migrations() {\n    static const Migration list[] = {\n")
  foreach(file ${files})
    get_filename_component(stem ${file} NAME_WE)
    string(SUBSTRING ${stem} 0 4 number)
    math(EXPR version "1${number} - 10000")
    file(READ ${file} sql)
    string(APPEND text "        {${version}, \"${stem}\", R\"sql(${sql})sql\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  string(APPEND text "    };\n    return list;\n}\n}  // namespace clinicpro::store\n")
  # Not file(CONFIGURE): that would replace an @word@ in the SQL.
  file(WRITE ${out}.new "${text}")
  file(COPY_FILE ${out}.new ${out} ONLY_IF_DIFFERENT)
  get_target_property(kind clinicpro_store TYPE)
  if(NOT kind STREQUAL "INTERFACE_LIBRARY")
    target_sources(clinicpro_store PRIVATE ${out})
    set_source_files_properties(${out} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# tests/<layer>/*_test.cpp become one program <layer>_test with one ctest entry; it may use every layer at and below its own.
# tests/programs/*.cpp become a program each, for scripts that need one.
# tests/*_test.sh become an entry each; those of tests/long have the label "long" and run with ./dev test --all only;
# the others are told TEST_TIER=quick.
function(clinicpro_tests)
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*)
  foreach(folder ${folders})
    get_filename_component(layer ${folder} NAME)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    if(layer STREQUAL "programs")
      foreach(source ${sources})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE clinicpro_flags Threads::Threads)
      endforeach()
    elseif(IS_DIRECTORY ${folder} AND sources)
      add_executable(${layer}_test ${sources})
      if(TARGET clinicpro_${layer})
        target_link_libraries(${layer}_test PRIVATE clinicpro_${layer})
      else()
        target_link_libraries(${layer}_test PRIVATE clinicpro_app clinicpro_sandbox)
      endif()
      if(layer STREQUAL "meetings")  # its contract runs against the other side, in one process
        target_link_libraries(${layer}_test PRIVATE clinicpro_sandbox)
      endif()
      target_link_libraries(${layer}_test PRIVATE clinicpro_flags GTest::gmock GTest::gtest_main)
      target_include_directories(${layer}_test PRIVATE ${CMAKE_SOURCE_DIR})
      target_compile_definitions(${layer}_test PRIVATE CLINICPRO_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
          CLINICPRO_BINARY_DIR="${CMAKE_BINARY_DIR}")
      clinicpro_use_test_pch(${layer}_test)
      add_test(NAME ${layer} COMMAND ${layer}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
      set_tests_properties(${layer} PROPERTIES TIMEOUT 600)
    endif()
  endforeach()
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*_test.sh ${CMAKE_SOURCE_DIR}/tests/long/*_test.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME ${name} COMMAND bash ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    if(script MATCHES "/tests/long/")
      set_tests_properties(${name} PROPERTIES LABELS long TIMEOUT 2400 ENVIRONMENT "BUILD_DIR=${CMAKE_BINARY_DIR}")
    else()
      set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT "BUILD_DIR=${CMAKE_BINARY_DIR};TEST_TIER=quick")
    endif()
  endforeach()
endfunction()

function(clinicpro_benches)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cpp)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE clinicpro_flags clinicpro_app clinicpro_sandbox)
    clinicpro_use_pch(${name})
  endforeach()
endfunction()

# What the fuzz targets read with, and what that needs: a few sources, so that they are built in minutes.
set(CLINICPRO_FUZZED
    base/clock base/csv base/error base/ids base/json base/log base/money base/phone base/text
    crypto/entropy crypto/hash
    net/boost_sources net/http net/mail net/request_parser net/response_head net/router
    daraja/c2b daraja/callback_url daraja/callbacks daraja/codes daraja/environment daraja/fields daraja/gateway
    daraja/reply daraja/result
    messaging/calendar_invite messaging/gsm7 messaging/mail_address messaging/mime messaging/sms_africas_talking
    messaging/template_words messaging/templates
    invoices/account_number)

# fuzz/<name>_fuzz.cpp become programs <name>_fuzz (preset fuzz); fuzz/run.sh runs them.
function(clinicpro_fuzzers)
  list(TRANSFORM CLINICPRO_FUZZED PREPEND ${CMAKE_SOURCE_DIR}/src/ OUTPUT_VARIABLE fuzzed)
  list(TRANSFORM fuzzed APPEND .cpp)
  add_library(clinicpro_fuzzed STATIC ${fuzzed})
  target_include_directories(clinicpro_fuzzed PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(clinicpro_fuzzed PUBLIC clinicpro_flags Threads::Threads Boost::json Boost::url Boost::system
      spdlog::spdlog fmt::fmt PkgConfig::sodium OpenSSL::SSL OpenSSL::Crypto)
  clinicpro_use_pch(clinicpro_fuzzed)
  add_custom_target(clinicpro-fuzzers)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE clinicpro_fuzzed)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    clinicpro_use_pch(${name})
    add_dependencies(clinicpro-fuzzers ${name})
  endforeach()
endfunction()

# The same programs over their corpus alone, one ctest entry each: what fuzzing found stays a test.
function(clinicpro_replays)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE _fuzz "" target ${name})
    add_executable(${target}_replay ${source} ${CMAKE_SOURCE_DIR}/fuzz/replay.cpp)
    target_link_libraries(${target}_replay PRIVATE clinicpro_flags clinicpro_daraja clinicpro_invoices)
    clinicpro_use_pch(${target}_replay)
    add_test(NAME ${target}_corpus COMMAND ${target}_replay ${CMAKE_SOURCE_DIR}/fuzz/corpus/${target})
    set_tests_properties(${target}_corpus PROPERTIES TIMEOUT 120)
  endforeach()
endfunction()
