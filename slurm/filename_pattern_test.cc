#include "slurm/filename_pattern.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/random_records.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

PatternValues ArrayTask() {
  PatternValues values;
  values.job_id = 23;
  values.array_job_id = 6;
  values.array_task_id = 1;
  values.host = "vm";
  values.user = "root";
  values.job_name = "arrpat";
  values.has_modulo_pattern = false;
  return values;
}

PatternValues PlainJob() {
  PatternValues values = ArrayTask();
  values.job_id = 7;
  values.array_job_id = 7;
  values.array_task_id = kNoArrayTask;
  values.job_name = "pat";
  return values;
}

std::string Expand(absl::string_view pattern, const PatternValues& values) {
  const auto path = ExpandFilenamePattern(pattern, values);
  return path.ok() ? *path : std::string(path.status().message());
}

// The patterns below and the names of the files were seen on Slurm 22.05.8.

TEST(FilenamePattern, EveryLetterOfAnArrayTask) {
  EXPECT_EQ(
      Expand("p_%A_%4a_%x_%j_%N_%u_%s_%n_%t_%J_%b_%%_%q_%3j_%", ArrayTask()),
      "p_6_0001_arrpat_23_vm_root_batch_0_0_23_%b_%_%q_023_%");
}

TEST(FilenamePattern, EveryLetterOfAPlainJob) {
  EXPECT_EQ(
      Expand("q_%A_%4a_%x_%12j_%N_%u_%s_%n_%t_%J_%b_%%_%q_%3j_%20j_%0j_%5x_%3%_"
             "%05j_%",
             PlainJob()),
      "q_7_4294967294_pat_0000000007_vm_root_batch_0_0_7_%b_%_%q_007_"
      "0000000007_"
      "7_pat_3%_00007_%");
}

TEST(FilenamePattern, WidthsOfUnknownLettersAndOfText) {
  PatternValues values = PlainJob();
  values.job_id = 47;
  EXPECT_EQ(Expand("%5%j_%05%_%2N_%3u_%7s_%4t_%3n", values),
            "547_5%_vm_root_batch_0000_000");
}

TEST(FilenamePattern, PercentsOneAfterAnother) {
  PatternValues values = PlainJob();
  values.job_id = 46;
  EXPECT_EQ(Expand("%%j_%%%j_%5", values), "%j_%46_5");
  EXPECT_EQ(Expand("%%%%%%", values), "%%%");
}

TEST(FilenamePattern, AHugeWidthIsCappedAndASignIsNoWidth) {
  PatternValues values = PlainJob();
  values.job_id = 50;
  EXPECT_EQ(Expand("%99999999999999999999j_%010j_%x_%-3j_%+3j_% j", values),
            "0000000050_0000000050_pat_%-3j_%+3j_% j");
}

TEST(FilenamePattern, ABackslashStopsExpansionAndGoes) {
  EXPECT_EQ(Expand("/w/\\b_%j.out", PlainJob()), "/w/b_%j.out");
  EXPECT_EQ(Expand("/w/a\\b_%j.out", PlainJob()), "/w/ab_%j.out");
  EXPECT_EQ(Expand("/w/\\\\x\\y%j.out", PlainJob()), "/w/\\xy%j.out");
  EXPECT_EQ(Expand("/w/sub/\\%j.out", PlainJob()), "/w/sub/%j.out");
  EXPECT_EQ(Expand("/w/tr\\", PlainJob()), "/w/tr");
}

TEST(FilenamePattern, AJobNameIsNotExpandedAgain) {
  PatternValues values = PlainJob();
  values.job_name = "%j%x\\";
  EXPECT_EQ(Expand("x_%x_%u", values), "x_%j%x\\_root");
}

TEST(FilenamePattern, TheTaskModuloTenIsAPatternInNewerVersionsOnly) {
  PatternValues values = ArrayTask();
  values.array_task_id = 37;
  EXPECT_EQ(Expand("%b", values), "%b");
  values.has_modulo_pattern = true;
  EXPECT_EQ(Expand("%b_%3b", values), "7_007");
  values.has_modulo_pattern.reset();
  EXPECT_THAT(Expand("%b", values), HasSubstr("'%b' in '%b' cannot be told"));
}

// A piece of a pattern, and what becomes of it.
struct Piece {
  std::string pattern;
  std::string expanded;
};

std::string Literal(RandomRecords* random) {
  std::string text = random->Text();
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == '%' || c == '\\'; }),
             text.end());
  return text;
}

Piece RandomPiece(const PatternValues& values, RandomRecords* random) {
  const auto padded = [](int64_t number, size_t width) {
    const std::string digits = std::to_string(number);
    return std::string(width - std::min(width, digits.size()), '0') + digits;
  };
  const uint32_t width = random->Below(13);
  const std::string with_width = width == 0 ? "%" : "%" + std::to_string(width);
  const auto number = [&](char letter, int64_t value) {
    return Piece{with_width + letter,
                 padded(value, std::min<uint32_t>(width, 10))};
  };
  switch (random->Below(13)) {
    case 0:
      return {"%%", "%"};
    case 1:
      return number('A', *values.array_job_id);
    case 2:
      return number('a', *values.array_task_id);
    case 3:
      return number('j', *values.job_id);
    case 4:
      return number('J', *values.job_id);
    case 5:
      return number(random->OneIn(2) ? 'n' : 't', 0);
    case 6:
      return {with_width + "N", *values.host};
    case 7:
      return {with_width + "s", "batch"};
    case 8:
      return {with_width + "u", *values.user};
    case 9:
      return {with_width + "x", *values.job_name};
    case 10: {  // no pattern: of the width, the last digit stays
      constexpr char kUnknown[] = {'q', 'z', 'b', '-', ' ', '\n'};
      const std::string letter(1, random->OneOf(kUnknown));
      const char kept = width == 0 ? '%' : with_width.back();
      return {with_width + letter, kept + letter};
    }
    default: {
      const std::string text = Literal(random);
      return {text, text};
    }
  }
}

TEST(FilenamePattern, APatternIsExpandedPieceByPiece) {
  constexpr uint32_t kSeed = 5;
  RandomRecords random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    PatternValues values = random.OneIn(2) ? ArrayTask() : PlainJob();
    values.job_id = 1 + random.Below(1000000);
    values.job_name = random.Text();  // is not expanded again
    Piece whole;
    for (uint32_t n = random.Below(8); n > 0; --n) {
      const Piece piece = RandomPiece(values, &random);
      whole.pattern += piece.pattern;
      whole.expanded += piece.expanded;
    }
    ASSERT_EQ(Expand(whole.pattern, values), whole.expanded)
        << "pattern " << i << " of seed " << kSeed << ": " << whole.pattern;
  }
}

TEST(FilenamePattern, ABackslashAnywhereStopsAllExpansion) {
  constexpr uint32_t kSeed = 6;
  RandomRecords random(kSeed);
  for (int i = 0; i < 10000; ++i) {
    Piece whole = {"\\a", "a"};
    for (uint32_t n = random.Below(8); n > 0; --n) {
      const char c = static_cast<char>(1 + random.Below(255));
      const bool shielded = c == '\\' || random.OneIn(3);
      whole.pattern += shielded ? std::string("\\") + c : std::string(1, c);
      whole.expanded += c;
      const std::string more = RandomPiece(PlainJob(), &random).pattern;
      whole.pattern += more;
      whole.expanded += more;
    }
    ASSERT_EQ(Expand(whole.pattern, PlainJob()), whole.expanded)
        << "pattern " << i << " of seed " << kSeed;
  }
}

TEST(FilenamePattern, APatternThatNeedsAnAbsentValueIsAnError) {
  const PatternValues none;
  for (const char* pattern :
       {"%A", "%a", "%j", "%J", "%N", "%u", "%x", "%3j"}) {
    EXPECT_EQ(ExpandFilenamePattern(pattern, none).status().code(),
              absl::StatusCode::kInvalidArgument)
        << pattern;
  }
  EXPECT_EQ(Expand("/log/%%j.%n", none), "/log/%j.0");
}

}  // namespace
}  // namespace smon::slurm
