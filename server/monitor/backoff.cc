#include "server/monitor/backoff.h"

#include <algorithm>
#include <memory>
#include <random>

#include "common/mutex.h"

namespace smon {

Random SystemRandom() {
  struct Generator {
    Mutex mu;
    std::mt19937_64 engine ABSL_GUARDED_BY(mu){std::random_device{}()};
  };
  auto generator = std::make_shared<Generator>();
  return [generator] {
    MutexLock lock(&generator->mu);
    return std::uniform_real_distribution<double>(0, 1)(generator->engine);
  };
}

absl::Duration Backoff::Wait(int failures, const Random& random) const {
  absl::Duration ceiling = initial;
  for (int i = 1; i < failures && ceiling < maximum; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, maximum);
  return std::max(ceiling * random(), initial / 10);
}

}  // namespace smon
