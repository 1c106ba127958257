#!/usr/bin/env bash
# The one test command: builds the solution in Release and runs every test. Arguments go on to `dotnet test`, for example
#   ./test.sh --filter FullyQualifiedName~LayerTests
# Needs the .NET SDK and nothing else. Failures are printed; artifacts/test-results holds the details (trx).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

results="artifacts/test-results/${SPARSECODING_RUN:-default}"
rm -rf "$results"
exec dotnet test SparseCoding.sln --configuration Release --nologo --verbosity quiet -tl:off \
  --logger "console;verbosity=minimal" --logger "trx;LogFilePrefix=tests" --results-directory "$results" "$@"
