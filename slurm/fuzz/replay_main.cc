// The main function of a fuzz target's test: FILE... are its corpus. Each is an
// input, and so is each cut off at up to 100 places, as a command that dies
// leaves it.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

void Replay(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

}  // namespace

int main(int argc, char** argv) {
  LLVMFuzzerInitialize(&argc, &argv);
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    std::ostringstream bytes;
    std::ifstream file(argv[i], std::ios::binary);
    bytes << file.rdbuf();
    const std::string input = bytes.str();
    if (!file || input.empty()) {
      std::fprintf(stderr, "cannot read %s, or it is empty\n", argv[i]);
      return 1;
    }
    std::fprintf(stderr, "%s\n", argv[i]);  // names the culprit of a crash
    Replay(input);
    const size_t step = input.size() / 100 + 1;
    for (size_t size = 0; size < input.size(); size += step) {
      Replay(input.substr(0, size));
    }
  }
}
