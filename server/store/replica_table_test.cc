#include "server/store/replica_table.h"

#include <string>

#include "gtest/gtest.h"
#include "server/store/postgres.h"
#include "server/store/store_fixture.h"
#include "testing/postgres_server.h"

namespace smon {
namespace {

TEST(ReplicaTableTest, NoticesThatNobodyTakesKeepNoOtherClustersOut) {
  const std::string url = PostgresServer::Shared().NewSchema();
  SystemClock clock;
  ASSERT_TRUE(OpenStore(url, &clock).ok());
  soci::session session;
  OpenPostgres(*PostgresConnectString(url, ""), &session);
  session << "INSERT INTO notices (cluster, job_id) "
             "SELECT 'away', n FROM generate_series(1, 10000) AS n";
  EXPECT_EQ(AddNotice(session, "away", "1").code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(AddNotice(session, "alps", "1").ok());
}

}  // namespace
}  // namespace smon
