#ifndef SMON_CLIENT_CHOICES_H_
#define SMON_CLIENT_CHOICES_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace smon::client {

// The words that an option takes, for completion; nothing is checked.
//
//   app->add_option("--action", …)->check(Choices({"stop", "restart"}));
//
// With CLI::IsMember, which checks, they are known anyway.
CLI::Validator Choices(const std::vector<std::string>& words);

// The words of the option's Choices or IsMember; empty without one.
std::vector<std::string> ChoicesOf(const CLI::Option& option);

}  // namespace smon::client

#endif  // SMON_CLIENT_CHOICES_H_
