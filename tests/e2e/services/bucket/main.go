// A service that speaks the protocol of S3, for the end-to-end tests: objects are files of a folder, and signatures are
// verified. The secret key of its only account comes from the standard input.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("give the address to listen on, the folders of the objects and of what is known about them, and the id of a key")
	}
	secret, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	known, err := meta.NewSideCar(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	objects, err := posix.New(os.Args[2], known, posix.PosixOpts{SideCarDir: os.Args[3], Concurrency: 100})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(embedgw.RunVersityGW(context.Background(), objects, &embedgw.Config{
		RootUserAccess:    os.Args[4],
		RootUserSecret:    string(secret),
		Ports:             []string{os.Args[1]},
		MaxConnections:    100,
		MaxRequests:       100,
		MultipartMaxParts: 10000,
	}))
}
