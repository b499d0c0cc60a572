#include "client/help_formatter.h"

#include <memory>

#include "gtest/gtest.h"

namespace smon::client {
namespace {

TEST(HelpFormatterTest, LaysOutACommand) {
  CLI::App app("Show one job", "job");
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_help_ptr()->group(kSharedOptions);
  std::string id;
  bool raw = false;
  std::string name;
  app.add_option("ID", id, "The job's id, as squeue shows it")
      ->option_text(" ")
      ->required();
  app.add_option("-n,--a-name-that-is-long", name,
                 "A regular expression that is to be found somewhere in the "
                 "name of the job")
      ->type_name("REGEX")
      ->group("Filters");
  app.add_flag("--raw", raw, "The whole answer");
  app.footer("Examples:\n  job 1");
  EXPECT_EQ(app.help(),
            "Show one job\n"
            "\n"
            "Usage: job [OPTIONS] ID\n"
            "\n"
            "Arguments:\n"
            "  ID                      The job's id, as squeue shows it\n"
            "\n"
            "Options:\n"
            "  --raw                   The whole answer\n"
            "\n"
            "Filters:\n"
            "  -n, --a-name-that-is-long REGEX\n"
            "                          A regular expression that is to be "
            "found somewhere in\n"
            "                          the name of the job\n"
            "\n"
            "Options of all commands:\n"
            "  -h, --help              Print this help message and exit\n"
            "\n"
            "Examples:\n"
            "  job 1\n");
}

}  // namespace
}  // namespace smon::client
