#include "client/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/tls_files.h"

namespace smon::client {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(PemTest, WantsACertificate) {
  const PemPair pair = MakeCertificate("me");
  EXPECT_TRUE(CheckCertificates(pair.certificate).ok());
  EXPECT_TRUE(CheckCertificates("a comment\n" + pair.certificate).ok());
  for (const std::string& text : {std::string(), std::string("x"), pair.key,
                                  pair.certificate.substr(0, 200)}) {
    EXPECT_EQ(Message(CheckCertificates(text)),
              "it holds no certificate (PEM)");
  }
}

TEST(PemTest, WantsTheKeyOfTheCertificate) {
  const PemPair pair = MakeCertificate("me");
  const PemPair other = MakeCertificate("other");
  EXPECT_TRUE(CheckKey(pair.key, pair.certificate).ok());
  EXPECT_EQ(Message(CheckKey(other.key, pair.certificate)),
            "it is not the key of --tls_cert");
  EXPECT_THAT(Message(CheckKey(pair.certificate, pair.certificate)),
              HasSubstr("no private key"));
}

TEST(PemTest, AsksNobodyForAPassphrase) {
  // openssl ecparam -genkey -name prime256v1 | openssl ec -aes128 -passout …
  constexpr char kEncrypted[] =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjFsaZ6keFOVAICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEBUld3U28caruiiAFTzdZJ4EgZBn\n"
      "epSaY09FOOJp8N0QljGqRzE2f83ln6Lb64Ycxcpbmn1mQLb13kZnLaTqk/6lCQv0\n"
      "t/VolGml9F8X5qWVMPQ5yPQjX94FQxUdaOnFiQZJ/BoNM7R4uZ20GW/wDuJxvbAK\n"
      "mPFPQudoXSgu7gXH/WCto+aSjyKZlr3jirAuOkW4sdqM5iQoo4/ellquG/VeNBE=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_THAT(Message(CheckKey(kEncrypted, MakeCertificate("me").certificate)),
              HasSubstr("with a passphrase"));
}

}  // namespace
}  // namespace smon::client
