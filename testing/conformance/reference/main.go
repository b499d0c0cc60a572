// The gateway that smonsvc's own is compared with: grpc-gateway v2, with its
// default marshaler, in front of a gRPC server.
//
//	grpc-gateway -grpc=127.0.0.1:8101
//
// It prints the address on loopback that it listens on.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "unsafe" // for linkname

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	// What the details of an error may be; protojson writes no others.
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"smon/reference/everytype"
	"smon/reference/monitor"
)

// Each build of a program that uses protojson picks by a hash of itself whether
// there is a space after a comma, and which kind of space in an error message.
// Here as smonsvc does it: none, and an ordinary one.

//go:linkname randSeed google.golang.org/protobuf/internal/detrand.randSeed
var randSeed uint64

//go:linkname errorPrefix google.golang.org/protobuf/internal/errors.prefix
var errorPrefix string

// The largest message of smonsvc's own gateway.
const maxMessageBytes = 64 << 20

func main() {
	server := flag.String("grpc", "", "address of the gRPC server")
	flag.Parse()
	randSeed = 0
	errorPrefix = "proto: "

	connection, err := grpc.Dial(*server,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)))
	if err != nil {
		log.Fatal(err)
	}
	mux := runtime.NewServeMux()
	for _, register := range []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
		monitor.RegisterMonitorServiceHandler,
		everytype.RegisterEveryTypeHandler,
	} {
		if err := register(context.Background(), mux, connection); err != nil {
			log.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}
