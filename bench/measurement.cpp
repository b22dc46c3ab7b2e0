// SPDX-License-Identifier: Apache-2.0
// One line of the results, and how the contenders of a line are timed against each other.
#include "measurement.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <utility>

namespace bench {

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  auto const index =
      static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)));
  auto const at = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

row measure(row_title title, std::size_t rounds, contenders const& who) {
  std::array<timed_work const*, 3> const order{&who.ours, &who.limit, &who.floor};
  std::array<std::vector<double>, 3> rates;
  for (std::size_t round = 0; round != rounds + 1; ++round) {
    for (std::size_t turn = 0; turn != order.size(); ++turn) {
      auto const index = (round + turn) % order.size();
      if (!*order[index]) continue;
      auto const rate = (*order[index])();
      if (round != 0) rates[index].push_back(rate);
    }
  }
  row made{std::move(title), median(rates[0]), {}, {}, {}, rounds, 0};
  made.spread = (quantile(rates[0], 0.75) - quantile(rates[0], 0.25)) / made.ours;
  if (who.limit) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i != rounds; ++i) ratios.push_back(rates[0][i] / rates[1][i]);
    made.limit = median(rates[1]);
    made.ratio = median(std::move(ratios));
  }
  if (who.floor) made.floor = median(rates[2]);
  return made;
}

double cpu_stopwatch::now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void give_up(std::string const& why) {
  std::fprintf(stderr, "evsrc_bench: %s\n", why.c_str());
  std::exit(1);
}

}  // namespace bench
