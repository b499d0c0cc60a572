#include "slurm/sbatch_options.h"

#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using Answer = OutputOption::Answer;

// "=pattern", "absent" or "ambiguous".
std::string Show(const OutputOption& option) {
  switch (option.answer) {
    case Answer::kAbsent:
      return "absent";
    case Answer::kPresent:
      return "=" + option.pattern;
    case Answer::kAmbiguous:
      break;
  }
  return "ambiguous";
}

std::string FromLine(absl::string_view line, absl::string_view job_name) {
  return Show(OutputFromSubmitLine(line, job_name));
}

std::string FromScript(absl::string_view script) {
  return Show(OutputFromScript(script));
}

TEST(SubmitLine, EverySpellingOfTheOption) {
  EXPECT_EQ(FromLine("sbatch -o x.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("sbatch -ox.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("sbatch --output=x.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("sbatch --output x.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("sbatch --outp x.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("sbatch -Qo x.out train.sh", "train.sh"), "=x.out");
  EXPECT_EQ(FromLine("/usr/bin/sbatch -o x.out train.sh", "train.sh"),
            "=x.out");
}

TEST(SubmitLine, TheLastOneCounts) {
  EXPECT_EQ(FromLine("sbatch -o a.out --output=b.out t.sh", "t.sh"), "=b.out");
}

TEST(SubmitLine, WithoutTheOption) {
  EXPECT_EQ(FromLine("sbatch train.sh", "train.sh"), "absent");
  EXPECT_EQ(FromLine("sbatch -N 2 -t5 --mem=4G --exclusive train.sh", "n"),
            "absent");
  EXPECT_EQ(FromLine("sbatch", "sbatch"), "absent");
}

TEST(SubmitLine, ArgumentsOfTheScriptAreNotOptions) {
  EXPECT_EQ(FromLine("sbatch train.sh -o results --output=y", "train.sh"),
            "absent");
  EXPECT_EQ(FromLine("sbatch -N 2 run -o results", "from script"), "absent");
  EXPECT_EQ(FromLine("sbatch -o x.out run.sh -o y", "given inside"), "=x.out");
}

TEST(SubmitLine, TheNameInAccountingTellsWhereANameEnds) {
  EXPECT_EQ(FromLine("sbatch -J my job -o x.out t.sh", "my job"), "=x.out");
  EXPECT_EQ(FromLine("sbatch --job-name=a  b  -o x.out t.sh", "a  b "),
            "=x.out");
  EXPECT_EQ(FromLine("sbatch -J  -o x.out t.sh", "allocation"), "=x.out");
}

TEST(SubmitLine, ANameThatAccountingDoesNotHaveIsAmbiguous) {
  EXPECT_EQ(FromLine("sbatch -J my job -o x.out t.sh", "other"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -o x.out -J my job t.sh", "other"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -J my job t.sh", "other"), "absent");
}

TEST(SubmitLine, AnOutputThatMayHaveASpaceIsAmbiguous) {
  EXPECT_EQ(FromLine("sbatch -o my file.out script 5", "script"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -o my file.out", "sbatch"), "ambiguous");
  // The script "run", or the path "x.out run" of a script from standard input.
  EXPECT_EQ(FromLine("sbatch -o x.out run", "train"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -o x.out run", "run"), "=x.out");
  EXPECT_EQ(FromLine("sbatch -o x.out run.sh", "train"), "=x.out");
}

TEST(SubmitLine, AnOptionAfterProseIsAmbiguous) {
  EXPECT_EQ(FromLine("sbatch --comment a -o b t.sh", "t.sh"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch --comment=two words t.sh", "t.sh"), "absent");
  EXPECT_EQ(FromLine("sbatch -o x.out --comment=two words t.sh", "t.sh"),
            "=x.out");
}

TEST(SubmitLine, TextAfterWrapIsNotReadAsOptions) {
  EXPECT_EQ(FromLine("sbatch --wrap=echo hi", "wrap"), "absent");
  EXPECT_EQ(FromLine("sbatch -o x.out --wrap sleep 10", "wrap"), "=x.out");
  EXPECT_EQ(FromLine("sbatch --wrap gcc -o prog", "wrap"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -o x.out --wrap=echo --output=y", "wrap"),
            "ambiguous");
  EXPECT_TRUE(OutputFromSubmitLine("sbatch --wrap=echo hi", "wrap").is_wrapped);
  EXPECT_FALSE(OutputFromSubmitLine("sbatch t.sh --wrap", "t.sh").is_wrapped);
}

TEST(SubmitLine, AnUnknownOptionBeforeAnOutputIsAmbiguous) {
  EXPECT_EQ(FromLine("sbatch --brand-new x -o y t.sh", "t.sh"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch --brand-new x t.sh", "t.sh"), "absent");
}

TEST(SubmitLine, OfAHeterogeneousJobTheFirstComponentCounts) {
  EXPECT_EQ(FromLine("sbatch -o a_%j : -o b_%j t.sh", "t.sh"), "=a_%j");
  EXPECT_EQ(FromLine("sbatch -N1 : -o b_%j t.sh", "t.sh"), "absent");
}

TEST(SubmitLine, AnotherProgramOrACutLineIsAmbiguous) {
  EXPECT_EQ(FromLine("", "x"), "ambiguous");
  EXPECT_EQ(FromLine("srun -o x true", "true"), "ambiguous");
  EXPECT_EQ(FromLine("sbatch -o", "x"), "ambiguous");
}

TEST(Script, EverySpellingOfTheOption) {
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o x.out\ntrue\n"), "=x.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -ox.out"), "=x.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH --output=x.out\n"), "=x.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH\t--output  x.out\n"), "=x.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH-o x.out\n"), "=x.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -N2 -t 5 --outp=x.out -e y\n"),
            "=x.out");
}

TEST(Script, QuotesAndCommentsAreReadAsSbatchDoes) {
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH --output=\"a b.out\" -J 'c d'\n"),
            "=a b.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o q\"mid dle\".out\n"),
            "=qmid dle.out");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -t 5 # -o no.out\n"), "absent");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o err#x\n"), "=err");
}

TEST(Script, OnlyLinesBeforeTheFirstCommandCount) {
  EXPECT_EQ(FromScript("#!/bin/sh\n\n# c\n  \n#SBATCH -o a\ntrue\n"
                       "#SBATCH -o b\n"),
            "=a");
  EXPECT_EQ(FromScript("#!/bin/sh\ntrue\n#SBATCH -o b\n"), "absent");
}

TEST(Script, IndentedOrCommentedDirectivesDoNotCount) {
  EXPECT_EQ(FromScript("#!/bin/sh\n  #SBATCH -o a\n##SBATCH -o b\n"
                       "# SBATCH -o c\ntrue\n"),
            "absent");
}

TEST(Script, TheLastOneCounts) {
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o a -o b\n#SBATCH -o c\n"), "=c");
}

TEST(Script, OfAHeterogeneousJobTheFirstComponentCounts) {
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o a\n#SBATCH hetjob\n"
                       "#SBATCH -o b\ntrue\n"),
            "=a");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH packjob\n#SBATCH -o b\ntrue\n"),
            "absent");
}

TEST(Script, WhatCannotBeToldIsAmbiguous) {
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o \"open\ntrue\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o a\\ b\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH -o\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#SBATCH --brand-new -o x\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#PBS -o x\n#SBATCH -t 5\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#BSUB -o x\n"), "ambiguous");
  EXPECT_EQ(FromScript("#!/bin/sh\n#PBS -N name\n"), "absent");
}

}  // namespace
}  // namespace smon::slurm
