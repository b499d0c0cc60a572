// How smonsvc logs in at a PostgreSQL server: passwords and TLS.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/store/store_fixture.h"
#include "testing/tls_files.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "it's a \\ %s&c=ret";

// A port that nobody listens at.
int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd, generic, size), 0);
  EXPECT_EQ(::getsockname(fd, generic, &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

// Lets the user smon in with a password, through TLS only.
class PostgresLoginTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    port_ = FreePort();
    server_ = new PostgresServer({"listen_addresses = '127.0.0.1'"}, port_);
    const std::string data = server_->directory() + "/data";
    const PemPair ours = MakeCertificate("localhost");
    WriteFile(data + "/server.crt", ours.certificate);
    WriteFile(data + "/server.key", ours.key);
    WriteFile(data + "/other.crt", MakeCertificate("localhost").certificate);
    WriteFile(data + "/pg_hba.conf",
              "local all postgres trust\n"
              "hostssl all smon 127.0.0.1/32 scram-sha-256\n");
    server_->Execute("CREATE ROLE smon LOGIN PASSWORD 'it''s a \\ %s&c=ret'");
    server_->Execute("CREATE SCHEMA smon AUTHORIZATION smon");
    server_->Execute("ALTER SYSTEM SET ssl = on");
    server_->Stop();
    server_->Start();
  }
  static void TearDownTestSuite() { delete server_; }

  PostgresLoginTest() : file_(MakeDirectory() + "/password") {
    WriteFile(file_, absl::StrCat(kPassword, "\n"));
  }

  absl::Status Open(const std::string& root = "server.crt",
                    const std::string& sslmode = "verify-full") {
    StoreOptions options;
    options.url =
        absl::StrCat("postgresql://smon@localhost:", port_,
                     "/postgres?hostaddr=127.0.0.1&", "sslmode=", sslmode,
                     "&sslrootcert=", server_->directory(), "/data/", root);
    options.password_file = file_;
    const absl::Status status = OpenStore(options, &clock_).status();
    EXPECT_THAT(std::string(status.message()),
                AllOf(Not(HasSubstr("\n")), Not(HasSubstr("ret"))));
    return status;
  }

  static int port_;
  static PostgresServer* server_;
  std::string file_;
  FakeClock clock_;
};

int PostgresLoginTest::port_ = 0;
PostgresServer* PostgresLoginTest::server_ = nullptr;

TEST_F(PostgresLoginTest, ThePasswordComesFromAFileAndTheServerIsVerified) {
  EXPECT_EQ(Open(), absl::OkStatus());
}

TEST_F(PostgresLoginTest, AnotherPasswordIsRefusedAndNotShown) {
  WriteFile(file_, "other ret");
  EXPECT_THAT(std::string(Open().message()),
              AllOf(HasSubstr("password authentication failed"),
                    HasSubstr("look at the server, and at --store")));
}

TEST_F(PostgresLoginTest, AServerThatAnotherAuthorityVouchesForIsRefused) {
  const absl::Status status = Open("other.crt");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("certificate verify"));
}

TEST_F(PostgresLoginTest, NoTlsIsNoWayAroundIt) {
  EXPECT_THAT(std::string(Open("server.crt", "disable").message()),
              HasSubstr("no pg_hba.conf entry"));
}

TEST_F(PostgresLoginTest, AFileThatOthersCanReadIsRefused) {
  WriteFile(file_, kPassword, 0640);
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 600"));
}

TEST_F(PostgresLoginTest, AFileWithoutAPasswordIsRefused) {
  WriteFile(file_, "\nsecond line\n");
  EXPECT_EQ(Open().code(), absl::StatusCode::kFailedPrecondition);
  WriteFile(file_, std::string(5000, 'x'));
  EXPECT_EQ(Open().code(), absl::StatusCode::kFailedPrecondition);
  file_ += ".missing";
  EXPECT_EQ(Open().code(), absl::StatusCode::kUnavailable);
}

TEST_F(PostgresLoginTest, WithoutAFilePgpassfileIsRead) {
  WriteFile(file_, absl::StrCat("*:*:*:smon:it's a \\\\ %s&c=ret\n"));
  ASSERT_EQ(::setenv("PGPASSFILE", file_.c_str(), 1), 0);
  file_.clear();
  EXPECT_EQ(Open(), absl::OkStatus());
  ::unsetenv("PGPASSFILE");
}

}  // namespace
}  // namespace smon
