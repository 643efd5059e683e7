# The parts that other programs may use as they are: find_package(clinicpro COMPONENTS daraja meetings).
# examples/embed is such a program; tests/embed_test.sh installs, builds and runs it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
foreach(layer base crypto net daraja meetings)
  get_target_property(kind clinicpro_${layer} TYPE)
  if(kind STREQUAL "INTERFACE_LIBRARY")
    return()
  endif()
endforeach()
target_compile_features(clinicpro_base PUBLIC cxx_std_23)
if(CLINICPRO_SANITIZE)
  # A program that links libraries built with sanitizers needs their run time.
  target_link_options(clinicpro_base INTERFACE $<INSTALL_INTERFACE:-fsanitize=${CLINICPRO_SANITIZE}>)
endif()
foreach(layer base crypto net daraja meetings)
  install(TARGETS clinicpro_${layer} EXPORT clinicpro-targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libraries)
  install(DIRECTORY src/${layer}/ DESTINATION include/clinicpro/${layer} COMPONENT libraries
      FILES_MATCHING PATTERN "*.hpp")
endforeach()
set(CLINICPRO_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/clinicpro)
install(EXPORT clinicpro-targets NAMESPACE clinicpro:: DESTINATION ${CLINICPRO_PACKAGE_DIR} COMPONENT libraries)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/clinicpro-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/clinicpro-config.cmake ${CMAKE_BINARY_DIR}/clinicpro-config-version.cmake
    DESTINATION ${CLINICPRO_PACKAGE_DIR} COMPONENT libraries)
foreach(program clinicpro clinicpro-sandbox)
  if(TARGET ${program})
    install(TARGETS ${program} DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endif()
endforeach()
